using DriftMonitor.Proposals;
using DriftMonitor.Streaming.Decoding;

namespace DriftMonitor.Tests.Proposals;

/// <summary>What the name of a field says about its values.</summary>
public sealed class FieldNameTests
{
    [Theory]
    [InlineData("created_at", "created at")]
    [InlineData("createdAt", "created at")]
    [InlineData("UserID", "user id")]
    [InlineData("@timestamp", "timestamp")]
    [InlineData("load (kW)", "load k w")]
    [InlineData("", "")]
    public void A_name_is_divided_at_capitals_and_at_what_is_no_letter(string name, string words) =>
        Assert.Equal(words, string.Join(' ', FieldName.Words(name)));

    [Theory]
    [InlineData("ts", true)]
    [InlineData("event.created_at", true)]
    [InlineData("pickup_datetime", true)]
    [InlineData("eventtime", true)]
    [InlineData("account", false)]
    [InlineData("amount", false)]
    [InlineData("time.amount", false)] // the last step counts
    public void Numbers_may_be_times_only_in_a_field_of_such_a_name(string field, bool expected) =>
        Assert.Equal(expected, FieldName.IsOfTime(FieldPath.Parse(field)));

    [Theory]
    [InlineData("id", true)]
    [InlineData("user.id", true)]
    [InlineData("customerId", true)]
    [InlineData("id_customer", true)]
    [InlineData("status_code", true)]
    [InlineData("zip", true)]
    [InlineData("number_of_items", false)]
    [InlineData("paid", false)]
    [InlineData("width", false)]
    public void A_code_is_known_by_its_name(string field, bool expected) =>
        Assert.Equal(expected, FieldName.IsOfCode(FieldPath.Parse(field)));
}
