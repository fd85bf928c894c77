using System.Text.Json.Nodes;
using DriftMonitor.Commands;
using DriftMonitor.Streaming.Decoding;
using DriftMonitor.Terminal;
using DriftMonitor.Tests.Service;
using DriftMonitor.Tests.Sources;
using DriftMonitor.Wording;
using Spectre.Console;

namespace DriftMonitor.Tests.Commands;

/// <summary><c>compare --text</c>: two texts by their words, and documents ranked for a query.</summary>
public sealed class CompareTextTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public CompareTextTests()
    {
        // P has the shares cat 2/8, mat 1/8, on 1/8, sat 1/8, the 3/8; Q has 9 tokens; 8 words in all.
        _workshop.Write("p.txt", "The cat sat on the mat. THE CAT!");
        _workshop.Write("q.txt", "the dog sat on the log, and the cat?");
    }

    [Fact]
    public void The_words_of_two_texts_are_compared_as_the_same_counts_are()
    {
        var texts = Json("p.txt", "q.txt");
        var counts = JsonNode.Parse(_workshop.Run(
            "compare",
            """{"the":3,"cat":2,"sat":1,"on":1,"mat":1}""",
            """{"the":3,"dog":1,"sat":1,"on":1,"log":1,"and":1,"cat":1}""",
            "--output",
            "json").Succeeded())!.AsObject();

        Assert.DoesNotContain(counts, figure => figure.Key.StartsWith("ks_", StringComparison.Ordinal)); // words have no order
        Assert.Equal(counts.Select(figure => figure.Key), texts.Take(counts.Count).Select(figure => figure.Key));
        Assert.All(counts, figure => CompareTests.IsNear(figure.Value!, texts[figure.Key]!, figure.Key));
        Assert.Equal("inf", (string)texts["kl_nats"]!); // mat
        IsOfSize(texts["p"]!, "p.txt", files: 1, tokens: 8, words: 5, onlyHere: 1);
        IsOfSize(texts["q"]!, "q.txt", files: 1, tokens: 9, words: 7, onlyHere: 3);
        Assert.Equal(8, (int)texts["distinct_words"]!);
    }

    [Fact]
    public void Cross_entropy_and_perplexity_are_finite_with_half_a_word_added_to_each()
    {
        // q of the, cat, sat, on, mat is (3.5, 1.5, 1.5, 1.5, 0.5)/13.
        var crossEntropy = Math.Log(13) - (3 * Math.Log(3.5) + 4 * Math.Log(1.5) + Math.Log(0.5)) / 8;
        var entropy = Math.Log(8) - (3 * Math.Log(3) + 2 * Math.Log(2)) / 8;
        var smoothed = Json("p.txt", "q.txt")["smoothed"]!;
        Assert.Equal(0.5, (double)smoothed["pseudo_count"]!);
        Assert.Equal(crossEntropy, (double)smoothed["cross_entropy_nats"]!, 1e-14);
        Assert.Equal(Math.Exp(crossEntropy), (double)smoothed["perplexity"]!, 1e-12);
        Assert.Equal(crossEntropy - entropy, (double)smoothed["kl_nats"]!, 1e-14);

        // p and q of and, cat, dog, log, mat, on, sat, the, in twelfths and thirteenths: 8 + 4 and 9 + 4.
        double[] p = [0.5, 2.5, 0.5, 0.5, 1.5, 1.5, 1.5, 3.5], q = [1.5, 1.5, 1.5, 1.5, 0.5, 1.5, 1.5, 3.5];
        var reverse = q.Zip(p).Sum(word => word.First / 13 * Math.Log(word.First / 13 / (word.Second / 12)));
        Assert.Equal(reverse, (double)smoothed["kl_reverse_nats"]!, 1e-14);
    }

    [Fact]
    public void With_a_pseudo_count_the_measures_are_the_smoothed_ones()
    {
        var figures = Json("p.txt", "q.txt", "--alpha", "0.5");
        Assert.Equal(Json("p.txt", "q.txt")["smoothed"]!.ToJsonString(), figures["smoothed"]!.ToJsonString());
        Assert.Equal((double)figures["smoothed"]!["kl_nats"]!, (double)figures["kl_nats"]!);
        Assert.Equal((double)figures["smoothed"]!["kl_reverse_nats"]!, (double)figures["kl_reverse_nats"]!);
        Assert.Equal((double)figures["smoothed"]!["cross_entropy_nats"]!, (double)figures["cross_entropy_nats"]!);

        Assert.Equal(2, (double)Json("p.txt", "q.txt", "--alpha", "2")["smoothed"]!["pseudo_count"]!);
        Assert.Equal("inf", (string)Json("p.txt", "q.txt", "--alpha", "1e-323")["smoothed"]!["perplexity"]!);
    }

    [Fact]
    public void The_words_that_differ_most_are_listed_in_both_directions_with_their_contributions()
    {
        var figures = Json("p.txt", "q.txt");
        Assert.Equal(["cat", "mat", "the", "on", "sat"], Words("more_in_p"));
        Assert.Equal(["and", "dog", "log"], Words("more_in_q")); // equal contributions: in ordinal order
        var (mat, dog) = (figures["more_in_p"]![1]!, figures["more_in_q"]![1]!);
        Assert.Equal((0.125, 0), ((double)mat["p_share"]!, (double)mat["q_share"]!));
        Assert.Equal(0.125 * Math.Log(0.125 / (0.5 / 13)), (double)mat["contribution_nats"]!, 1e-14);
        Assert.Equal(0.5 / 13 * Math.Log(0.5 / 13 / (1.5 / 12)), (double)mat["reverse_contribution_nats"]!, 1e-14);
        Assert.Equal((0, 1.0 / 9, 0), ((double)dog["p_share"]!, (double)dog["q_share"]!, (double)dog["contribution_nats"]!));
        Assert.Equal(1.5 / 13 * Math.Log(1.5 / 13 / (0.5 / 12)), (double)dog["reverse_contribution_nats"]!, 1e-14);

        var all = figures["more_in_p"]!.AsArray().Concat(figures["more_in_q"]!.AsArray()).ToList();
        Assert.Equal((double)figures["smoothed"]!["kl_nats"]!, all.Sum(word => (double)word!["contribution_nats"]!), 1e-14);
        Assert.Equal(
            (double)figures["smoothed"]!["kl_reverse_nats"]!, all.Sum(word => (double)word!["reverse_contribution_nats"]!), 1e-14);

        Assert.Equal(2, Json("p.txt", "q.txt", "--top", "2")["more_in_q"]!.AsArray().Count);

        IEnumerable<string> Words(string list) => figures[list]!.AsArray().Select(word => (string)word!["word"]!);
    }

    [Fact]
    public void The_order_of_the_words_and_of_the_files_changes_no_digit()
    {
        Folder("one", ("a.txt", "red green green"), ("b.txt", "blue blue blue"));
        Folder("two", ("a.txt", "blue green blue red"), ("b.txt", "blue green"));
        var (one, two) = (Json("one", "q.txt"), Json("two", "q.txt"));
        one.Remove("p");
        two.Remove("p");
        Assert.Equal(one.ToJsonString(), two.ToJsonString());
    }

    [Fact]
    public void A_folder_is_all_files_below_it_but_hidden_ones()
    {
        Folder("docs", ("p.txt", "The cat sat"), ("deeper/still/q.log", "on the mat."), ("deeper/empty", ""));
        Folder("docs", (".git/x", "dog"), (".dog", "dog"));
        File.WriteAllBytes(_workshop["docs/rest.gz"], InputFolder.Gzip("The cat"u8.ToArray()));
        var figures = Json("docs", "p.txt");
        Assert.Equal(0, (double)figures["kl_nats"]!);
        IsOfSize(figures["p"]!, "docs", files: 4, tokens: 8, words: 5, onlyHere: 0);
    }

    [Fact]
    public void A_link_to_a_folder_is_not_followed_and_a_note_says_so()
    {
        Folder("docs", ("a.txt", "one two"));
        Directory.CreateSymbolicLink(_workshop["docs/back"], "..");
        File.CreateSymbolicLink(_workshop["docs/p.txt"], "../p.txt");

        var ended = _workshop.Run("compare", "--text", "docs", "q.txt", "--output", "json");

        const string Note = "note: docs/back is a link to a folder and is left out: name that folder to include it";
        var figures = JsonNode.Parse(ended.Succeeded())!;
        Assert.Equal(10, (int)figures["p"]!["tokens"]!);
        Assert.Equal($"driftmonitor: {Note}\n", ended.Errors);
        Assert.Equal([Note], figures["remarks"]!.AsArray().Select(remark => (string)remark!));
    }

    [Fact]
    public void Case_makes_words_different_only_if_it_is_kept()
    {
        Assert.Equal(5, (int)Json("p.txt", "q.txt")["p"]!["distinct_words"]!);
        Assert.Equal(5, (int)Json("p.txt", "q.txt", "--case", "lower")["p"]!["distinct_words"]!);
        Assert.Equal(8, (int)Json("p.txt", "q.txt", "--case", "keep")["p"]!["distinct_words"]!); // The, cat, sat, on, the, mat, THE, CAT
        Assert.Equal(["cat"], Unknown("--case", "keep"));
        Assert.Empty(Unknown());

        IEnumerable<string> Unknown(params string[] options)
        {
            _workshop.Write("upper.txt", "CAT and CAT");
            return Rank("cat and", ["upper.txt", .. options])["unknown_words"]!.AsArray().Select(word => (string)word!);
        }
    }

    [Fact]
    public void Standard_input_may_be_one_of_the_texts()
    {
        var dm = DriftMonitorProcess.Executable;
        var runtime = DriftMonitorProcess.StartInfo("bash", [], ".").Environment["DOTNET_ROOT"];
        var text = Shell.Run("bash", "-euc", $"""
            cd '{_workshop.Folder}'; export DOTNET_ROOT='{runtime}'
            '{dm}' compare --text - q.txt < p.txt
            '{dm}' compare --text --query cat - < p.txt
            """).Succeeded();
        Assert.StartsWith("P  standard input: 8 tokens, 5 distinct words\nQ  q.txt: 9 tokens, 7 distinct words\n", text);
        Assert.Contains("   1  -    ", text);
    }

    [Fact]
    public void The_text_says_what_the_figures_tell()
    {
        var text = Text("p.txt", "q.txt");
        Assert.StartsWith("""
            P  p.txt: 8 tokens, 5 distinct words
            Q  q.txt: 9 tokens, 7 distinct words
            8 distinct words in all; each is a bin.

            More in P than in Q:
            word         P 
            """, text);
        Assert.EndsWith("""
            In the best code for P, a token of P takes 1.4942 nats (2.1556 bits) on average: the entropy of P.
            D(P‖Q) is infinite: P has 1 word that Q lacks, 12.500 % of its tokens: mat.
            D(Q‖P) is infinite: Q has 3 words that P lacks, 33.333 % of its tokens: and, dog, log.
            With 0.5 added to the count of each word, a token of P takes 1.9791 nats (2.8552 bits) in the best
            code for Q, the cross-entropy. The perplexity is 7.236: P is as hard to predict from Q as a choice
            among so many equally likely words.
            D(P‖Q) is then 0.4849 nats (0.6996 bits) and D(Q‖P) 0.1991 nats (0.2872 bits). The words'
            contributions above are to these.

            """, text);

        var smoothed = Text("p.txt", "q.txt", "--alpha", "0.5");
        Assert.Contains("The code for Q costs 0.4849 nats (0.6996 bits) more per token of P: D(P‖Q).", smoothed);

        var same = Text("p.txt", "p.txt");
        Assert.Contains("P and Q have the same words with the same shares: the same code is best for both.", same);
        Assert.DoesNotContain("More in", same);

        _workshop.Write("many.txt", "the cat sat on the mat, a b c d e f f f");
        Assert.Contains("P has 6 words that Q lacks, 57.143 % of its tokens: f, a, b, c, d and 1 more.", Text("many.txt", "p.txt"));
    }

    [Fact]
    public void Documents_are_ranked_by_the_likelihood_of_the_query()
    {
        // "a a b" and "b c c c c": see QueryLikelihoodTests. The query is "a b b"; c is not asked for, z is unknown.
        Folder("docs", ("1.txt", "a A b"), ("2.txt", "b c c c c"));
        var ranking = Rank("A, b b? z", "docs", "--mu", "4");
        Assert.Equal(["z"], ranking["unknown_words"]!.AsArray().Select(word => (string)word!));
        Assert.Equal(["note: no document has z: left out of the query, which has 3 other tokens"],
            ranking["remarks"]!.AsArray().Select(remark => (string)remark!));
        Assert.Equal(("A, b b? z", 3), ((string)ranking["query"]!, (int)ranking["query_tokens"]!));
        Assert.Equal((4.0, 8), ((double)ranking["mu"]!, (int)ranking["tokens"]!));
        Assert.Equal(Math.Log(4), (double)ranking["collection_cross_entropy_nats"]!, 1e-14); // 1/4 for each of a, b, b
        IsRanked(ranking["documents"]![0]!, 1, "docs/1.txt", Math.Log(12 / 343.0), 3);
        IsRanked(ranking["documents"]![1]!, 2, "docs/2.txt", Math.Log(4 / 729.0), 5);

        static void IsRanked(JsonNode document, int rank, string name, double logLikelihood, int tokens)
        {
            Assert.Equal((rank, name, tokens), ((int)document["rank"]!, (string)document["document"]!, (int)document["tokens"]!));
            Assert.Equal(logLikelihood, (double)document["log_likelihood_nats"]!, 1e-14);
            Assert.Equal(-logLikelihood / 3, (double)document["cross_entropy_nats"]!, 1e-14);
            Assert.Equal(Math.Exp(-logLikelihood / 3), (double)document["perplexity"]!, 1e-13);
        }
    }

    [Fact]
    public void Mu_is_2000_unless_told_and_decides_between_short_and_long_documents()
    {
        // Of 200 tokens, 11 are the word. A short document has it once in 2, a long one 10 times in 40.
        Folder("docs", ("long", Words(10, 30)), ("other", Words(0, 158)), ("short", Words(1, 1)));
        Assert.Equal(["docs/short", "docs/long", "docs/other"], Names(Rank("needle", "docs", "--mu", "0.001")));

        // With μ = 2000: 120/2040, 111/2002 and 110/2158.
        var ranking = Rank("needle", "docs");
        Assert.Equal(2000, (double)ranking["mu"]!);
        Assert.Equal(["docs/long", "docs/short", "docs/other"], Names(ranking));
        Assert.Equal(Math.Log(120 / 2040.0), (double)ranking["documents"]![0]!["log_likelihood_nats"]!, 1e-14);
        Assert.Equal(Math.Log(111 / 2002.0), (double)ranking["documents"]![1]!["log_likelihood_nats"]!, 1e-14);
        Assert.Equal(Math.Log(110 / 2158.0), (double)ranking["documents"]![2]!["log_likelihood_nats"]!, 1e-14);

        static string Words(int needles, int hay) =>
            string.Join(' ', Enumerable.Repeat("needle", needles).Concat(Enumerable.Repeat("hay", hay)));
    }

    [Fact]
    public void Equally_good_documents_are_in_ordinal_order_and_JSON_has_all()
    {
        foreach (var name in new[] { "b", "a", "B", "c" })
        {
            _workshop.Write($"{name}.txt", name == "c" ? "cat cat" : "a cat");
        }

        var call = new[] { "b.txt", "a.txt", "B.txt", "c.txt", "--top", "2" };
        Assert.Equal(["c.txt", "B.txt", "a.txt", "b.txt"], Names(Rank("cat", call)));
        var text = _workshop.Run(["compare", "--text", "--query", "cat", .. call]).Succeeded();
        Assert.Contains("   1  c.txt", text);
        Assert.Contains("   2  B.txt", text);
        Assert.DoesNotContain("a.txt", text);
        Assert.Contains("(2 more documents)", text);
    }

    [Fact]
    public void The_ranking_shows_bits_where_they_are_asked_for()
    {
        Folder("docs", ("1.txt", "a a b"), ("2.txt", "b c c c c"));
        var text = _workshop.Run("compare", "--text", "--query", "a b b", "docs", "--mu", "4", "--unit", "bits").Succeeded();
        Assert.Equal("""
            QUERY  a b b
            2 documents, 8 tokens; μ = 4

            rank  document    ln likelihood  cross-entropy, bits  perplexity  tokens
               1  docs/1.txt        -3.3528               1.6124       3.058       3
               2  docs/2.txt        -5.2054               2.5033        5.67       5

            In the best code for docs/1.txt, smoothed, a token of the query takes 1.6124 bits on average, the
            cross-entropy; in that for all documents together, 2.0000 bits.

            """, text);
    }

    [Fact]
    public void Documents_of_a_folder_that_have_no_word_are_left_out_and_named()
    {
        Folder("docs", [("a", "one"), .. Enumerable.Range(1, 7).Select(i => ($"{i}", "…"))]);
        var ranking = Rank("one", "docs");
        Assert.Single(ranking["documents"]!.AsArray());
        Assert.Equal(["note: 7 documents without a word left out: docs/1, docs/2, docs/3, docs/4, docs/5 and 2 more"],
            ranking["remarks"]!.AsArray().Select(remark => (string)remark!));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void No_line_is_wider_than_the_screen(int width)
    {
        var name = $"a-rather-long-name-of-a-document-{new string('x', 100)}.txt";
        _workshop.Write(name, $"日本語の名前 {new string('w', 300)} \u202e");
        using var output = new StringWriter();
        var (screen, words) = (new Screen(output, width), new WordTokenizer(WordCase.Lower));
        TextComparison.Run(_workshop[name], _workshop["q.txt"], words, InformationUnit.Nats, 0, 10, OutputFormat.Text, screen);
        QueryRanking.Run(new string('w', 300), [_workshop[name]], words, 2000, InformationUnit.Nats, 10, OutputFormat.Text, screen);
        Assert.All(output.ToString().Split('\n'), line => Assert.InRange(line.GetCellWidth(), 0, width));
    }

    [Theory]
    [InlineData("p.txt", 2, "compare needs P and Q, for example: driftmonitor compare --text new.txt old.txt; see driftmonitor ")]
    [InlineData("p.txt q.txt p.txt", 2, "unexpected argument \"p.txt\"; see driftmonitor compare --help")]
    [InlineData("p.txt none.txt", 2, "Q: there is no file or folder none.txt: give a text file, a folder of text files, or - for ")]
    [InlineData("p.txt empty", 2, "the folder empty has no files: give a text file, a folder of text files, or - for standard input")]
    [InlineData("marks.txt q.txt", 2, "marks.txt has no word: give text with letters or digits")]
    [InlineData("p.txt binary", 1, "binary/b.bin is binary data, not text: byte 1 is 0: give text in UTF-8, or leave the file out")]
    [InlineData("p.txt latin1.txt", 1, "latin1.txt is not UTF-8: byte 3 (0xE9), in line 1, is part of no character: convert the file, ")]
    [InlineData("- -", 2, "P and Q are both standard input, which can be read once: give a file for one of them")]
    [InlineData("p.txt q.txt --bins integers", 2, "--bins does not apply to --text, where each word is a bin: leave it out; see ")]
    [InlineData("p.txt q.txt --edges 0,1", 2, "--edges does not apply to --text, where each word is a bin: leave it out; see ")]
    [InlineData("p.txt q.txt --case upper", 2, "--case must be lower or keep, not \"upper\"; see driftmonitor compare --help")]
    [InlineData("p.txt q.txt --mu 3", 2, "--mu applies to --query: add --query \"words\", or leave it out; see ")]
    [InlineData("p.txt q.txt --top 0", 2, "--top is 0: it must be from 1 to 2147483647; see driftmonitor compare --help")]
    [InlineData("p.txt q.txt --tops 3", 2, "unknown option \"--tops\" (did you mean --top?); see driftmonitor compare --help")]
    [InlineData("--query cat", 2, "--query needs documents, for example: driftmonitor compare --text --query \"words\" docs/")]
    [InlineData("--query … p.txt", 2, "--query \"…\" has no word: give words with letters or digits")]
    [InlineData("--query zebra p.txt q.txt", 2, "no document has the word zebra of --query: use words of the documents")]
    [InlineData("--query zebra,yak p.txt", 2, "no document has any of the words zebra, yak of --query: use words of the documents")]
    [InlineData("--query cat p.txt ./p.txt", 2, "p.txt is given twice, and its words would count twice in all documents together: ")]
    [InlineData("--query cat p.txt marks.txt", 2, "marks.txt has no word: give text with letters or digits")]
    [InlineData("--query cat p.txt none", 2, "DOC: there is no file or folder none: give a text file, a folder of text files, or - for ")]
    [InlineData("--query cat binary", 1, "binary/b.bin is binary data, not text: byte 1 is 0")]
    [InlineData("--query cat p.txt --mu 0", 2, "--mu is 0: it must be from 0.001 to 1000000000; see driftmonitor compare --help")]
    [InlineData("--query cat p.txt --mu NaN", 2, "--mu is NaN: it must be from 0.001 to 1000000000; see driftmonitor compare --help")]
    [InlineData("--query cat p.txt --mu Infinity", 2, "--mu is Infinity: it must be from 0.001 to 1000000000; see ")]
    [InlineData("--query cat p.txt --alpha 1", 2, "--alpha does not apply to --query, which smooths with --mu: leave it out; see ")]
    public void What_is_wrong_with_texts_is_reported_in_one_line(string arguments, int code, string line)
    {
        Directory.CreateDirectory(_workshop["empty"]);
        _workshop.Write("empty/.hidden", "text");
        _workshop.Write("marks.txt", "… — !?");
        Folder("binary", ("a.txt", "text"), ("b.bin", "a\0b"));
        File.WriteAllBytes(_workshop["latin1.txt"], [.. "caf"u8, 0xe9]);
        _workshop.Refuses(code, line, ["compare", "--text", .. arguments.Split(' ')]);
    }

    [Theory]
    [InlineData("--query cat p.txt", "--query")]
    [InlineData("p.txt q.txt --mu 3", "--mu")]
    [InlineData("p.txt q.txt --case keep", "--case")]
    [InlineData("p.txt q.txt --top 3", "--top")]
    public void Options_of_texts_need_the_option_text(string arguments, string option) => _workshop.Refuses(
        2,
        $"{option} applies to texts: add --text, or leave it out; see driftmonitor compare --help",
        ["compare", .. arguments.Split(' ')]);

    [Theory]
    [InlineData("[1] [1] [1]", "unexpected argument \"[1]\"; see driftmonitor compare --help")]
    [InlineData("[1] [1] --unti bits", "unknown option \"--unti\" (did you mean --unit?); see driftmonitor compare --help")]
    public void Two_distributions_are_still_two(string arguments, string line) =>
        _workshop.Refuses(2, line, ["compare", .. arguments.Split(' ')]);

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.000004, "<0.001 %")]
    [InlineData(0.000005, "0.001 %")]
    [InlineData(0.0123456, "1.235 %")]
    [InlineData(1, "100.000 %")]
    public void A_word_s_share_is_none_only_where_it_is_exactly_so(double share, string shown) =>
        Assert.Equal(shown, Figures.SmallPercent(share));

    public void Dispose() => _workshop.Dispose();

    // Each word that the other text lacks occurs once.
    private static void IsOfSize(JsonNode actual, string text, int files, int tokens, int words, int onlyHere) => Assert.Equal(
        $$"""{"text":"{{text}}","files":{{files}},"tokens":{{tokens}},"distinct_words":{{words}},"""
            + $$"""
               "tokens_only_here":{{onlyHere}},"distinct_words_only_here":{{onlyHere}}}
               """,
        actual.ToJsonString());

    private JsonObject Json(string p, string q, params string[] options) =>
        JsonNode.Parse(_workshop.Run(["compare", "--text", p, q, .. options, "--output", "json"]).Succeeded())!.AsObject();

    private JsonObject Rank(string query, params string[] arguments) => JsonNode.Parse(
        _workshop.Run(["compare", "--text", "--query", query, .. arguments, "--output", "json"]).Succeeded())!.AsObject();

    private static IEnumerable<string> Names(JsonObject ranking) =>
        ranking["documents"]!.AsArray().Select(document => (string)document!["document"]!);

    private string Text(string p, string q, params string[] options) =>
        _workshop.Run(["compare", "--text", p, q, .. options]).Succeeded();

    private void Folder(string name, params (string File, string Text)[] files)
    {
        foreach (var (file, text) in files)
        {
            var path = Path.Combine(_workshop[name], file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
