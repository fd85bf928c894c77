using System.Text;
using DriftMonitor.Streaming.Decoding;
using FsCheck;
using FsCheck.Fluent;

namespace DriftMonitor.Tests.Decoding;

public sealed class WordTokenizerTests
{
    [Theory]
    [InlineData("Hello, world!", "hello world")]
    [InlineData("it's 3.14, don't you think? a_b foo-bar", "it's 3.14 don't you think a_b foo bar")]
    [InlineData("x@y.com (U.S.A.) 1,000,000 €", "x y.com u.s.a 1,000,000")]
    [InlineData("naïve ÉTAT straße ΣΊΣΥΦΟΣ", "naïve état straße σίσυφοσ")]
    [InlineData("日本語のテスト 한국어", "日 本 語 の テスト 한국어")]
    [InlineData("👍🏽 … — !?", "")]
    [InlineData(" \t\n", "")]
    [InlineData("", "")]
    public void Words_are_those_of_Unicode_and_in_lower_case(string text, string words) =>
        Assert.Equal(words, string.Join(' ', WordsOf(text)));

    [Fact]
    public void Case_is_kept_where_it_is_asked_for() =>
        Assert.Equal(["Apple", "eats", "an", "apple"], WordsOf("Apple eats an apple.", WordCase.Keep));

    [Fact]
    public void A_long_word_is_one_word() =>
        Assert.Equal([new string('a', 100_000), "b"], WordsOf(new string('a', 100_000) + " b"));

    [Fact]
    public void A_text_that_is_streamed_has_the_words_of_the_same_text_in_memory() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(),
        drawn =>
        {
            var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(drawn.Get)); // no unpaired surrogates
            var tokenizer = new WordTokenizer(WordCase.Lower);
            tokenizer.Start(new StringReader(text));
            return Rest(tokenizer).SequenceEqual(WordsOf(text)).Label($"{drawn.Get}");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_tokenizer_goes_on_with_another_text_in_the_middle_of_one()
    {
        var tokenizer = new WordTokenizer(WordCase.Lower);
        Assert.False(tokenizer.MoveNext());
        tokenizer.Start("one two"u8);
        Assert.True(tokenizer.MoveNext());
        tokenizer.Start("three"u8);

        Assert.Equal(["three"], Rest(tokenizer));
        Assert.False(tokenizer.MoveNext());
    }

    [Fact]
    public void Nothing_is_allocated_once_a_text_as_long_has_been_read()
    {
        var tokenizer = new WordTokenizer(WordCase.Lower);
        CountWords(tokenizer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        CountWords(tokenizer);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int CountWords(WordTokenizer tokenizer)
    {
        var words = 0;
        for (var i = 0; i < 100; i++)
        {
            tokenizer.Start("The quick brown fox jumps over the lazy dog, à la Müller"u8);
            while (tokenizer.MoveNext())
            {
                words++;
            }
        }

        return words;
    }

    private static List<string> WordsOf(string text, WordCase letterCase = WordCase.Lower)
    {
        var tokenizer = new WordTokenizer(letterCase);
        tokenizer.Start(Encoding.UTF8.GetBytes(text));
        return Rest(tokenizer);
    }

    private static List<string> Rest(WordTokenizer tokenizer)
    {
        var words = new List<string>();
        while (tokenizer.MoveNext())
        {
            words.Add(tokenizer.Word.ToString());
        }

        return words;
    }
}
