import com.fasterxml.jackson.databind.JsonNode;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.AllColumns;
import io.trino.sql.tree.CreateMaterializedView;
import io.trino.sql.tree.CreateTable;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.CreateView;
import io.trino.sql.tree.Delete;
import io.trino.sql.tree.ExecuteImmediate;
import io.trino.sql.tree.Explain;
import io.trino.sql.tree.ExplainAnalyze;
import io.trino.sql.tree.GroupingSets;
import io.trino.sql.tree.Identifier;
import io.trino.sql.tree.Insert;
import io.trino.sql.tree.Join;
import io.trino.sql.tree.Lateral;
import io.trino.sql.tree.Merge;
import io.trino.sql.tree.Node;
import io.trino.sql.tree.Prepare;
import io.trino.sql.tree.QualifiedName;
import io.trino.sql.tree.Query;
import io.trino.sql.tree.RefreshMaterializedView;
import io.trino.sql.tree.SessionProperty;
import io.trino.sql.tree.SetOperation;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.Table;
import io.trino.sql.tree.TableExecute;
import io.trino.sql.tree.TableSubquery;
import io.trino.sql.tree.TruncateTable;
import io.trino.sql.tree.Update;
import io.trino.sql.tree.Values;
import io.trino.sql.tree.With;
import io.trino.sql.tree.WithQuery;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the parser sees in a statement. Names are lists of parts in lower case, as written, not qualified.
 *
 * <p>{@code wrapper} names the statement that the answer was looked for inside of: PREPARE, EXPLAIN, EXPLAIN ANALYZE,
 * EXECUTE IMMEDIATE. {@code features} are the syntax tree's class names, so that a comparison can tell where Trino's own
 * column lineage is known to be incomplete.
 */
final class ParseJudge
{
    private final SqlParser parser = new SqlParser();

    Object judge(JsonNode request)
    {
        try {
            Answer answer = new Answer();
            answer.statement(parser.createStatement(request.get("sql").asText()));
            return answer.json();
        }
        catch (ParsingException e) {
            return Map.of("ok", false, "line", e.getLineNumber(), "column", e.getColumnNumber(), "error", e.getErrorMessage());
        }
        catch (RuntimeException | StackOverflowError e) {
            // Some checks of the tree's constructors are not turned into parsing exceptions; they reject all the same.
            return Map.of("ok", false, "line", 0, "column", 0, "error", e.toString());
        }
    }

    private final class Answer
    {
        private String type = "";
        private String wrapper = "";
        private Optional<QualifiedName> target = Optional.empty();
        private Optional<Identifier> branch = Optional.empty();
        private final Set<List<String>> sources = new LinkedHashSet<>();
        private int depth;
        private final Set<String> features = new TreeSet<>();

        Map<String, Object> json()
        {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("ok", true);
            json.put("type", type);
            json.put("wrapper", wrapper);
            json.put("target", target.map(QualifiedName::getParts).orElse(null));
            json.put("branch", branch.map(ParseJudge::lower).orElse(null));
            json.put("sources", sources);
            json.put("features", features);
            return json;
        }

        void statement(Statement statement)
        {
            type = statement.getClass().getSimpleName();
            switch (statement) {
                case Prepare prepare -> inside("Prepare", prepare.getStatement());
                case Explain explain -> inside("Explain", explain.getStatement());
                case ExplainAnalyze explain -> inside("ExplainAnalyze", explain.getStatement());
                case ExecuteImmediate execute -> inside("ExecuteImmediate", parser.createStatement(execute.getStatement().getValue()));
                case Insert insert -> written(insert.getTable(), List.of(insert.getQuery()));
                case Delete delete -> written(delete.getTable(), delete.getWhere().stream().toList());
                case Update update -> written(update.getTable(), parts(update.getAssignments(), update.getWhere().stream().toList()));
                case Merge merge -> written(merge.getTargetTable(),
                        parts(List.of(merge.getSource(), merge.getPredicate()), merge.getMergeCases()));
                case TableExecute execute -> written(execute.getTable(), parts(execute.getArguments(), execute.getWhere().stream().toList()));
                case CreateTableAsSelect create -> written(create.getName(), create.getQuery());
                case CreateView create -> written(create.getName(), create.getQuery());
                case CreateMaterializedView create -> written(create.getName(), create.getQuery());
                case RefreshMaterializedView refresh -> target = Optional.of(refresh.getName());
                case CreateTable create -> target = Optional.of(create.getName());
                case TruncateTable truncate -> target = Optional.of(truncate.getTableName());
                default -> walk(statement, Set.of());
            }
        }

        private void inside(String outer, Statement inner)
        {
            wrapper = wrapper.isEmpty() ? outer : wrapper + "." + outer;
            statement(inner);
        }

        private void written(QualifiedName name, Query query)
        {
            target = Optional.of(name);
            walk(query, Set.of());
        }

        private void written(Table table, List<? extends Node> read)
        {
            target = Optional.of(table.getName());
            branch = table.getBranch();
            read.forEach(node -> walk(node, Set.of()));
        }

        private void walk(Node node, Set<String> hidden)
        {
            features.add(node.getClass().getSimpleName());
            if (node instanceof SetOperation && depth > 0) {
                features.add("SetOperationBelow");
            }
            switch (node) {
                case Query query -> {
                    Set<String> scope = query.getWith().map(with -> named(with, hidden)).orElse(hidden);
                    query.getChildren().stream().filter(child -> !(child instanceof With)).forEach(child -> walk(child, scope));
                }
                case Table table -> {
                    QualifiedName name = table.getName();
                    if (name.getParts().size() > 1 || !hidden.contains(name.getSuffix())) {
                        sources.add(name.getParts());
                    }
                    node.getChildren().forEach(child -> walk(child, hidden));
                }
                case Values values when depends(values) -> {
                    features.add("ValuesOfExpressions");
                    values.getChildren().forEach(child -> walk(child, hidden));
                }
                case Join join -> {
                    join.getCriteria().ifPresent(criteria -> features.add(criteria.getClass().getSimpleName()));
                    join.getChildren().forEach(child -> walk(child, hidden));
                }
                case GroupingSets sets -> sets.getSets().forEach(set -> set.forEach(expression -> walk(expression, hidden)));
                // A value that is no constant is refused later, so that a query in it is never read.
                case SessionProperty _ -> {}
                case TableSubquery subquery -> below(subquery, hidden);
                case Lateral lateral -> below(lateral, hidden);
                default -> {
                    if (node instanceof AllColumns all && all.getTarget().isPresent() && !(all.getTarget().get() instanceof Identifier)) {
                        features.add("AllColumnsOfExpression");
                    }
                    node.getChildren().forEach(child -> walk(child, hidden));
                }
            }
        }

        private void below(Node node, Set<String> hidden)
        {
            depth++;
            node.getChildren().forEach(child -> walk(child, hidden));
            depth--;
        }

        private static boolean depends(Node node)
        {
            return node instanceof Identifier || node instanceof Query || node.getChildren().stream().anyMatch(Answer::depends);
        }

        /** Walks the named queries and returns the names that hide tables in the query below. */
        private Set<String> named(With with, Set<String> hidden)
        {
            features.add(with.isRecursive() ? "WithRecursive" : "With");
            Set<String> scope = new HashSet<>(hidden);
            for (WithQuery query : with.getQueries()) {
                Set<String> inner = new HashSet<>(scope);
                if (with.isRecursive()) {
                    inner.add(lower(query.getName()));
                }
                depth++;
                walk(query.getQuery(), inner);
                depth--;
                scope.add(lower(query.getName()));
            }
            return scope;
        }
    }

    private static List<Node> parts(Collection<? extends Node> some, Collection<? extends Node> more)
    {
        List<Node> all = new java.util.ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    private static String lower(Identifier identifier)
    {
        return identifier.getValue().toLowerCase(Locale.ENGLISH);
    }
}
