import com.fasterxml.jackson.databind.JsonNode;
import io.opentelemetry.api.OpenTelemetry;
import io.trino.Session;
import io.trino.connector.MockConnectorFactory;
import io.trino.connector.MockConnectorTableHandle;
import io.trino.execution.ParameterExtractor;
import io.trino.execution.querystats.PlanOptimizersStatsCollector;
import io.trino.execution.warnings.WarningCollector;
import io.trino.metadata.QualifiedObjectName;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.SchemaTableName;
import io.trino.sql.analyzer.Analysis;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.analyzer.StatementAnalyzerFactory;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.rewrite.StatementRewrite;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.ExecuteImmediate;
import io.trino.sql.tree.ExplainAnalyze;
import io.trino.sql.tree.Expression;
import io.trino.sql.tree.SaveMode;
import io.trino.sql.tree.Statement;
import io.trino.testing.PlanTester;
import io.trino.testing.TestingSession;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Column lineage as the analyzer itself sees it, over tables that exist only as lists of columns:
 * {@code "tables": {"lake": {"s": {"u": [["a", "bigint"]]}}}}, each request with its own; without any, the last ones stay.
 *
 * <p>Answers {@code {"target", "columns": [[name, [["lake", "s", "u", "a"]]]], "read": [["lake", "s", "u", "a"]]}} or {@code {"error"}}.
 */
final class LineageJudge
{
    private final SqlParser parser = new SqlParser();
    private final PlanTester tester = PlanTester.create(TestingSession.testSessionBuilder().build());
    private final AnalyzerFactory analyzers = new AnalyzerFactory(
            StatementAnalyzerFactory.createTestingStatementAnalyzerFactory(
                    tester.getPlannerContext(), tester.getAccessControl(), tester.getTablePropertyManager(), tester.getAnalyzePropertyManager()),
            new StatementRewrite(Set.of()),
            OpenTelemetry.noop().getTracer("oracle"));
    private final Set<String> catalogs = new HashSet<>();
    private Map<String, Map<SchemaTableName, List<ColumnMetadata>>> tables = Map.of();
    private Optional<String> created = Optional.empty();

    Object judge(JsonNode request)
    {
        try {
            if (request.has("tables")) {
                tables = read(request.get("tables"));
                tables.keySet().stream().filter(catalogs::add).forEach(name -> tester.createCatalog(name, connector(name), Map.of()));
            }
            Session session = TestingSession.testSessionBuilder()
                    .setCatalog(request.get("catalog").asText())
                    .setSchema(request.get("schema").asText())
                    .build();
            return tester.inTransaction(session, inside -> describe(analyze(inside, parser.createStatement(request.get("sql").asText()), List.of())));
        }
        catch (Exception | StackOverflowError e) {
            return Map.of("error", e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private Analysis analyze(Session session, Statement statement, List<Expression> parameters)
    {
        return switch (statement) {
            case ExplainAnalyze explain -> analyze(session, explain.getStatement(), parameters);
            case ExecuteImmediate execute -> analyze(session, parser.createStatement(execute.getStatement().getValue()), execute.getParameters());
            default -> {
                created = statement instanceof CreateTableAsSelect create && create.getSaveMode() != SaveMode.REPLACE
                        ? Optional.of(create.getName().getSuffix())
                        : Optional.empty();
                yield analyzers.createAnalyzer(
                        session,
                        parameters,
                        ParameterExtractor.bindParameters(statement, parameters),
                        WarningCollector.NOOP,
                        new PlanOptimizersStatsCollector(5)).analyze(statement);
            }
        };
    }

    private Map<String, Map<SchemaTableName, List<ColumnMetadata>>> read(JsonNode request)
    {
        Map<String, Map<SchemaTableName, List<ColumnMetadata>>> read = new HashMap<>();
        request.properties().forEach(catalog -> catalog.getValue().properties().forEach(schema -> schema.getValue().properties().forEach(table ->
                read.computeIfAbsent(catalog.getKey(), _ -> new HashMap<>())
                        .put(new SchemaTableName(schema.getKey(), table.getKey()), columns(table.getValue())))));
        return read;
    }

    private List<ColumnMetadata> columns(JsonNode pairs)
    {
        List<ColumnMetadata> columns = new ArrayList<>();
        pairs.forEach(pair -> columns.add(
                new ColumnMetadata(pair.get(0).asText(), tester.getPlannerContext().getTypeManager().fromSqlType(pair.get(1).asText()))));
        return columns;
    }

    private MockConnectorFactory connector(String catalog)
    {
        return MockConnectorFactory.builder()
                .withName("mock_" + catalog)
                .withListSchemaNames(_ -> schemas(catalog))
                .withGetTableHandle((_, name) -> exists(catalog, name) ? new MockConnectorTableHandle(name) : null)
                .withGetColumns(name -> tables.getOrDefault(catalog, Map.of()).getOrDefault(name, List.of()))
                .withBranches(List.of("dev", "audit", "main"))
                .build();
    }

    private List<String> schemas(String catalog)
    {
        return tables.getOrDefault(catalog, Map.of()).keySet().stream().map(SchemaTableName::getSchemaName).distinct().toList();
    }

    /** The table that a CREATE TABLE AS creates is hidden from it, or the analyzer would refuse to create it again. */
    private boolean exists(String catalog, SchemaTableName name)
    {
        return created.filter(name.getTableName()::equals).isEmpty() && tables.getOrDefault(catalog, Map.of()).containsKey(name);
    }

    private static Map<String, Object> describe(Analysis analysis)
    {
        List<List<Object>> columns = new ArrayList<>();
        analysis.getTarget().flatMap(target -> target.getColumns()).ifPresent(list -> list.forEach(column -> columns.add(List.of(
                column.getColumn().name(),
                column.getSourceColumns().stream().map(source -> name(source.getTableName(), source.getColumnName())).toList()))));
        if (analysis.getTarget().isEmpty()) {
            analysis.getSelectColumnsLineageInfo().ifPresent(list -> list.forEach(column -> columns.add(List.of(
                    column.name(),
                    column.sourceColumns().stream()
                            .map(source -> List.of(source.getCatalog(), source.getSchema(), source.getTable(), source.getColumnName()))
                            .toList()))));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("target", analysis.getTarget().map(t -> List.of(t.getCatalogName(), t.getSchema(), t.getTable())).orElse(null));
        answer.put("columns", columns);
        answer.put("read", analysis.getTableColumnReferences().values().stream()
                .flatMap(tables -> tables.entrySet().stream())
                .flatMap(table -> table.getValue().stream().map(column -> name(table.getKey().tableName(), column)))
                .distinct()
                .toList());
        return answer;
    }

    private static List<String> name(QualifiedObjectName table, String column)
    {
        return List.of(table.catalogName(), table.schemaName(), table.objectName(), column);
    }
}
