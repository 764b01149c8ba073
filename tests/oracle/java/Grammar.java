import io.trino.grammar.sql.SqlBaseParser;
import org.antlr.v4.runtime.atn.ATNState;
import org.antlr.v4.runtime.atn.AtomTransition;
import org.antlr.v4.runtime.atn.BasicBlockStartState;
import org.antlr.v4.runtime.atn.BlockStartState;
import org.antlr.v4.runtime.atn.PlusBlockStartState;
import org.antlr.v4.runtime.atn.RuleTransition;
import org.antlr.v4.runtime.atn.SetTransition;
import org.antlr.v4.runtime.atn.StarLoopEntryState;
import org.antlr.v4.runtime.atn.Transition;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The grammar of the parser on the class path, read back from its tables, so that it is exactly this version's and no
 * copy of the grammar file is needed. A left-recursive rule appears as its first operand and a repetition.
 */
final class Grammar
{
    sealed interface Node permits Sequence, Choice, Optional, Repeat, Token, Rule {}

    record Sequence(List<Node> parts) implements Node {}

    record Choice(List<Node> alternatives) implements Node {}

    record Optional(Node part) implements Node {}

    record Repeat(Node part, boolean atLeastOnce) implements Node {}

    record Token(List<Integer> types) implements Node {}

    record Rule(int index) implements Node {}

    private Grammar() {}

    static List<Node> rules()
    {
        List<Node> rules = new ArrayList<>();
        for (int i = 0; i < SqlBaseParser.ruleNames.length; i++) {
            rules.add(sequence(SqlBaseParser._ATN.ruleToStartState[i], SqlBaseParser._ATN.ruleToStopState[i]));
        }
        return rules;
    }

    private static Node sequence(ATNState from, ATNState to)
    {
        List<Node> parts = new ArrayList<>();
        ATNState state = from;
        while (state != to) {
            switch (state) {
                case PlusBlockStartState plus -> {
                    parts.add(new Repeat(choice(plus), true));
                    state = plus.loopBackState.transition(1).target;
                }
                case StarLoopEntryState loop -> {
                    boolean greedy = loop.transition(0).target instanceof BlockStartState;
                    parts.add(new Repeat(choice((BlockStartState) loop.transition(greedy ? 0 : 1).target), false));
                    state = loop.transition(greedy ? 1 : 0).target;
                }
                case BasicBlockStartState block -> {
                    parts.add(choice(block));
                    state = block.endState;
                }
                default -> state = step(state.transition(0), parts);
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    private static ATNState step(Transition transition, List<Node> parts)
    {
        switch (transition) {
            case RuleTransition rule -> {
                parts.add(new Rule(rule.target.ruleIndex));
                return rule.followState;
            }
            case AtomTransition atom -> parts.add(new Token(List.of(atom.label)));
            case SetTransition set -> parts.add(new Token(set.set.toList()));
            default -> {}
        }
        return transition.target;
    }

    private static Node choice(BlockStartState block)
    {
        List<Node> alternatives = new ArrayList<>();
        boolean optional = false;
        for (Transition transition : block.getTransitions()) {
            List<Node> first = new ArrayList<>();
            Node rest = sequence(step(transition, first), block.endState);
            if (rest instanceof Sequence s && s.parts().isEmpty() && first.isEmpty()) {
                optional = true;
                continue;
            }
            first.add(rest);
            alternatives.add(first.size() == 1 ? rest : new Sequence(first));
        }
        Node choice = alternatives.size() == 1 ? alternatives.getFirst() : new Choice(alternatives);
        return optional ? new Optional(choice) : choice;
    }

    static void print(PrintStream out)
    {
        List<Node> rules = rules();
        for (int i = 0; i < rules.size(); i++) {
            out.println(SqlBaseParser.ruleNames[i]);
            out.println(alternatives(rules.get(i)).stream().map(Grammar::text).collect(Collectors.joining("\n    | ", "    : ", "\n    ;\n")));
        }
    }

    static List<Node> alternatives(Node node)
    {
        return node instanceof Choice choice ? choice.alternatives() : List.of(node);
    }

    private static String text(Node node)
    {
        return switch (node) {
            case Sequence s -> s.parts().stream().map(Grammar::text).filter(t -> !t.isEmpty()).collect(Collectors.joining(" "));
            case Choice c -> c.alternatives().stream().map(Grammar::text).collect(Collectors.joining(" | ", "(", ")"));
            case Optional o -> grouped(o.part()) + "?";
            case Repeat r -> grouped(r.part()) + (r.atLeastOnce() ? "+" : "*");
            case Token t -> t.types().stream().map(Grammar::token).collect(Collectors.joining(" | ", t.types().size() == 1 ? "" : "(", t.types().size() == 1 ? "" : ")"));
            case Rule r -> SqlBaseParser.ruleNames[r.index()];
        };
    }

    private static String grouped(Node node)
    {
        return node instanceof Sequence ? "(" + text(node) + ")" : text(node);
    }

    static String token(int type)
    {
        if (type < 0) {
            return "EOF";
        }
        String literal = SqlBaseParser.VOCABULARY.getLiteralName(type);
        String name = SqlBaseParser.VOCABULARY.getSymbolicName(type);
        return literal != null && (name == null || !literal.equals("'" + name + "'")) ? literal : name;
    }
}
