import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Trino's own parser and analyzer as judges: one JSON object a line in, one JSON object a line out, in the same order.
 *
 * <pre>
 * parse              {"sql"}                             accepted or not, statement type, sources, target, features
 * lineage            {"sql", "catalog", "schema", "tables"} column lineage over tables that are only lists of columns
 * tables             (no input)                          the tables of TPC-H and TPC-DS, as lineage takes them
 * grammar            (no input)                          the grammar of this version, as text
 * generate N SEED    (no input)                          N random sentences of the grammar, one JSON string a line
 * </pre>
 */
public final class Oracle
{
    static final ObjectMapper JSON = new ObjectMapper();

    private Oracle() {}

    public static void main(String[] args) throws Exception
    {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        switch (args.length == 0 ? "" : args[0]) {
            case "parse" -> answer(new ParseJudge()::judge, out);
            case "lineage" -> answer(new LineageJudge()::judge, out);
            case "tables" -> out.println(JSON.writeValueAsString(TpcTables.all()));
            case "grammar" -> Grammar.print(out);
            case "generate" -> {
                Sentences sentences = new Sentences(Long.parseLong(args[2]));
                for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                    out.println(JSON.writeValueAsString(sentences.next()));
                }
            }
            default -> throw new IllegalArgumentException("parse | lineage | tables | grammar | generate COUNT SEED");
        }
        out.flush();
        // The analyzer's server-side threads would keep the process alive.
        System.exit(0);
    }

    private static void answer(Function<JsonNode, Object> judge, PrintStream out) throws Exception
    {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(judge.apply(JSON.readTree(line))));
        }
    }
}
