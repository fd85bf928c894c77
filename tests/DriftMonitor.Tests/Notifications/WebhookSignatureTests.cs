using System.Text;
using DriftMonitor.Notifications;

namespace DriftMonitor.Tests.Notifications;

public sealed class WebhookSignatureTests
{
    // Computed with Python: base64(hmac(b64decode(key), b"msg_1.1614265330." + body, sha256)).
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "9o7UeFkn1GjVbcY4emAJruJCYqgH2EIf8u/slvVRBZI=")]
    [InlineData("a secret of our own", "Gy0qYtMOgxASAItJ0z/EpzESGfFg/lDDKHpn69iUCRI=")]
    public void A_body_is_signed_as_standard_webhooks_says(string secret, string signature) => Assert.Equal(
        $"v1,{signature}",
        WebhookSignature.Sign(WebhookSignature.KeyOf(secret), "msg_1", 1614265330, Encoding.UTF8.GetBytes("""{"test": 2432232314}""")));

    [Theory]
    [InlineData("")]
    [InlineData("whsec_%")]
    public void A_secret_that_is_none_is_refused(string secret) => Assert.Throws<FormatException>(() => WebhookSignature.KeyOf(secret));
}
