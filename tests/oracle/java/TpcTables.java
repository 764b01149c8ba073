import io.trino.tpcds.Table;
import io.trino.tpch.TpchTable;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The tables of the two TPC benchmarks, with the column names and types that Trino's connectors give them. */
final class TpcTables
{
    private TpcTables() {}

    static Map<String, Map<String, Map<String, List<List<String>>>>> all()
    {
        Map<String, List<List<String>>> tpch = new TreeMap<>();
        Map<String, List<List<String>>> tpcds = new TreeMap<>();
        TpchTable.getTables().forEach(table -> tpch.put(
                table.getTableName(),
                table.getColumns().stream().map(c -> List.of(c.getSimplifiedColumnName(), type(c.getType().getBase().name()))).toList()));
        Table.getBaseTables().forEach(table -> tpcds.put(
                table.getName(),
                List.of(table.getColumns()).stream().map(c -> List.of(c.getName(), type(c.getType().getBase().name()))).toList()));
        return Map.of("tpch", Map.of("s", tpch), "tpcds", Map.of("s", tpcds));
    }

    private static String type(String base)
    {
        return switch (base) {
            case "IDENTIFIER" -> "bigint";
            case "DECIMAL" -> "decimal(15,2)";
            case "CHAR", "VARCHAR" -> "varchar";
            default -> base.toLowerCase(Locale.ENGLISH);
        };
    }
}
