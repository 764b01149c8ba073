"""The keywords of Trino 483 and the key under which the parser sees each token."""

from __future__ import annotations

from typing import Final

from query_lineage_tracker.lineage.tokens import Kind, Tokens

_RESERVED_WORDS = """
alter and as auto between by case cast constraint create cross cube current_catalog current_date current_path
current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop
else end escape except exists extract false for from full group grouping having in inner insert intersect into
is join json_array json_exists json_object json_query json_table json_value left like listagg localtime
localtimestamp natural normalize not null on or order outer overlaps prepare recursive right rollup select skip
table then trim true uescape union unnest using values when where with
"""
_NON_RESERVED_WORDS = """
absent add admin after all analyze any array asc asymmetric at authorization begin bernoulli both branch
branches call called cascade catalog catalogs column columns comment commit committed conditional copartition
corresponding count current data date day declare default define definer deny desc descriptor deterministic
distributed do double elseif empty encoding error excluding execute explain fail fast fetch filter final first
following format forward function functions grace grant granted grants graphviz groups hour if ignore immediate
including initial inline input interval invoker io isolation iterate json keep key keys language last lateral
leading leave level limit local logical loop map match match_recognize matched matches materialized measures
merge minute month nearest nested next nfc nfd nfkc nfkd no none nullif nulls object of offset omit one only
option ordinality output over overflow overlay partial partition partitions passing past path pattern per period
permute pivot placing plan position preceding precision privileges properties prune quotes range read refresh
rename repeat repeatable replace reset respect restrict return returning returns revoke role roles rollback row
rows running scalar schema schemas second security seek serializable session set sets show simple some stale
start stats string subset substring symmetric system tables tablesample text ties time timestamp to trailing
transaction truncate try_cast type unbounded uncommitted unconditional unique unknown unmatched until update use
user utf16 utf32 utf8 validate value verbose version view while window within without work wrapper write year
zone
"""
RESERVED: Final = frozenset(_RESERVED_WORDS.split())
NON_RESERVED: Final = frozenset(_NON_RESERVED_WORDS.split())

NAME: Final = "<name>"
STRING: Final = "<string>"
INTEGER: Final = "<integer>"
NUMBER: Final = "<number>"
BINARY: Final = "<binary>"
DOLLAR: Final = "<dollar string>"
REFUSED: Final = "<refused>"
END: Final = "<end>"

IDENTIFIERS: Final = NON_RESERVED | {NAME, "auto"}
"""The keys that can be a name; AUTO was one before Trino 475."""

_KEY_BY_KIND: Final = {
    Kind.END: END,
    Kind.IDENT: NAME,
    Kind.DIGIT_IDENT: REFUSED,
    Kind.QUOTED: NAME,
    Kind.BACKQUOTED: REFUSED,
    Kind.STRING: STRING,
    Kind.UNICODE_STRING: STRING,
    Kind.BINARY: BINARY,
    Kind.INTEGER: INTEGER,
    Kind.DECIMAL: NUMBER,
    Kind.DOUBLE: NUMBER,
    Kind.DOLLAR_STRING: DOLLAR,
    Kind.ERROR: REFUSED,
}
_OPERATORS: Final = ("=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "?", ";", ".", "(", ")", ",")
_MARKS: Final = ("@", "=>", "->", "[", "]", ":", "|", "^", "$", "{-", "-}", "{", "}")
_KEYS: Final = {word: word for word in (*RESERVED, *NON_RESERVED, *_OPERATORS, *_MARKS)}


def keys_of(tokens: Tokens) -> list[str]:
    """For each token the keyword or operator that it is, else one of the classes above."""
    known = _KEYS.get
    by_kind = _KEY_BY_KIND
    return [known(word) or by_kind[kind] for word, kind in zip(tokens.words, tokens.kinds, strict=True)]
