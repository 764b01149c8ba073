import io.trino.grammar.sql.SqlBaseParser;

import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random sentences of the grammar, the alternatives that were used least first, so that a few thousand sentences reach
 * every alternative of every rule. Not every sentence is accepted: the parser checks more than the grammar says.
 */
final class Sentences
{
    private static final List<String> STARTS = List.of("", "", "", "INSERT INTO t ", "CREATE TABLE t AS ", "CREATE VIEW v AS ");
    private static final Map<String, List<String>> TEXTS = Map.of(
            "IDENTIFIER", List.of("a", "b", "c", "k", "t", "u", "w", "x", "Y", "lake", "s"),
            "QUOTED_IDENTIFIER", List.of("\"q\"", "\"a.b\"", "\"A \"\"x\"\"\"", "\"select\""),
            "BACKQUOTED_IDENTIFIER", List.of("`b`"),
            "DIGIT_IDENTIFIER", List.of("1a"),
            "STRING", List.of("'x'", "'it''s'", "'lax $.a'"),
            "UNICODE_STRING", List.of("U&'\\0061'"),
            "BINARY_LITERAL", List.of("X'AB 01'"),
            "INTEGER_VALUE", List.of("1", "1_000", "0xFF", "7"),
            "DECIMAL_VALUE", List.of("1.5", ".5"),
            "DOUBLE_VALUE", List.of("1e3"));

    private final List<Grammar.Node> rules = Grammar.rules();
    private final int[] least = new int[rules.size()];
    private final Map<Grammar.Node, Integer> uses = new IdentityHashMap<>();
    private final Map<String, Integer> indexes = new HashMap<>();
    private final Random random;

    Sentences(long seed)
    {
        random = new Random(seed);
        for (int i = 0; i < rules.size(); i++) {
            indexes.put(SqlBaseParser.ruleNames[i], i);
        }
        Arrays.fill(least, 1_000);
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int i = 0; i < least.length; i++) {
                int depth = depth(rules.get(i)) + 1;
                changed |= depth < least[i];
                least[i] = Math.min(least[i], depth);
            }
        }
    }

    String next()
    {
        StringBuilder out = new StringBuilder();
        int depth = 10 + random.nextInt(16);
        if (random.nextBoolean()) {
            write(rules.get(indexes.get("statement")), depth, out);
        }
        else {
            out.append(pick(STARTS));
            write(rules.get(indexes.get("rootQuery")), depth, out);
        }
        return out.toString().strip();
    }

    /** How many rules deep the shallowest sentence of this node is. */
    private int depth(Grammar.Node node)
    {
        return switch (node) {
            case Grammar.Sequence s -> s.parts().stream().mapToInt(this::depth).max().orElse(0);
            case Grammar.Choice c -> c.alternatives().stream().mapToInt(this::depth).min().orElse(0);
            case Grammar.Repeat r -> r.atLeastOnce() ? depth(r.part()) : 0;
            case Grammar.Rule r -> least[r.index()];
            case Grammar.Optional _, Grammar.Token _ -> 0;
        };
    }

    private void write(Grammar.Node node, int left, StringBuilder out)
    {
        uses.merge(node, 1, Integer::sum);
        switch (node) {
            case Grammar.Sequence s -> s.parts().forEach(part -> write(part, left, out));
            case Grammar.Choice c -> write(choose(c, left), left, out);
            case Grammar.Optional o -> repeat(o.part(), wanted(o.part(), left) ? 1 : 0, left, out);
            case Grammar.Repeat r -> repeat(r.part(), (r.atLeastOnce() ? 1 : 0) + (wanted(r.part(), left) ? 1 + random.nextInt(2) : 0), left, out);
            case Grammar.Rule r -> rule(r.index(), left - 1, out);
            case Grammar.Token t -> out.append(text(t)).append(' ');
        }
    }

    /** Left to chance alone, nearly every expression would be a tower of NOT and minus, nearly every name a keyword. */
    private void rule(int index, int left, StringBuilder out)
    {
        String shortcut = switch (SqlBaseParser.ruleNames[index]) {
            case "booleanExpression" -> chance(60) ? "valueExpression" : "";
            case "valueExpression" -> chance(70) ? "primaryExpression" : "";
            case "primaryExpression", "qualifiedName" -> chance(50) ? "identifier" : "";
            case "type" -> chance(70) ? "identifier" : "";
            case "methodName" -> "identifier";
            case "relationPrimary" -> chance(40) ? "qualifiedName" : "";
            default -> "";
        };
        if (!shortcut.isEmpty()) {
            rule(indexes.get(shortcut), left, out);
        }
        else if (SqlBaseParser.ruleNames[index].equals("identifier") && chance(99)) {
            identifier(left, out);
        }
        else {
            write(rules.get(index), left, out);
        }
    }

    private void identifier(int left, StringBuilder out)
    {
        if (chance(10)) {
            rule(indexes.get("nonReserved"), left, out);
        }
        else {
            out.append(pick(TEXTS.get(chance(85) ? "IDENTIFIER" : "QUOTED_IDENTIFIER"))).append(' ');
        }
    }

    private boolean chance(int percent)
    {
        return random.nextInt(100) < percent;
    }

    private <T> T pick(List<T> values)
    {
        return values.get(random.nextInt(values.size()));
    }

    private void repeat(Grammar.Node part, int times, int left, StringBuilder out)
    {
        for (int i = 0; i < times; i++) {
            write(part, left - i, out);
        }
    }

    private boolean wanted(Grammar.Node part, int left)
    {
        return depth(part) <= left && (uses.getOrDefault(part, 0) < 3 || chance(25));
    }

    private Grammar.Node choose(Grammar.Choice choice, int left)
    {
        List<Grammar.Node> fitting = choice.alternatives().stream().filter(a -> depth(a) <= left).toList();
        if (fitting.isEmpty()) {
            int shallow = depth(choice);
            fitting = choice.alternatives().stream().filter(a -> depth(a) == shallow).toList();
        }
        Grammar.Node first = pick(fitting);
        Grammar.Node second = pick(fitting);
        boolean explore = random.nextInt(3) == 0;
        return explore && uses.getOrDefault(second, 0) < uses.getOrDefault(first, 0) ? second : first;
    }

    private String text(Grammar.Token token)
    {
        int type = pick(token.types());
        String name = Grammar.token(type);
        if (name.equals("DOLLAR_STRING")) {
            return "$$\nbody\n$$";
        }
        List<String> texts = TEXTS.get(name);
        return texts == null ? spelled(name) : pick(texts);
    }

    private static String spelled(String name)
    {
        return switch (name) {
            case "NEQ" -> "<>";
            case "EOF" -> "";
            case "TEXT_STRING" -> "STRING";
            default -> name.startsWith("'") ? name.substring(1, name.length() - 1) : name;
        };
    }
}
