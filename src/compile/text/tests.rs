#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::expr::{FrameBound, UnaryOp, WindowSpec};
use crate::types::DataType;
use crate::value::Value;

/// The tree on one line: `(Add a 1)`.
fn print(expr: &Expr) -> String {
    let list = |exprs: &[ExprRef]| exprs.iter().map(|e| print(e)).collect::<Vec<_>>().join(" ");
    match expr {
        Expr::Column { name, .. } => name.clone(),
        Expr::Star { relation: None } => "*".into(),
        Expr::Star { relation: Some(r) } => format!("{r}.*"),
        Expr::Literal(l) => match &l.value {
            Value::Null => "null".into(),
            Value::Integer(n) if l.data_type == DataType::Long => n.to_string(),
            Value::Integer(n) => format!("{n}:{}", l.data_type),
            Value::Real(n) => format!("{n:?}"),
            Value::Text(s) if l.data_type == DataType::String => format!("{s:?}"),
            Value::Text(s) => format!("{s}:{}", l.data_type),
            Value::Blob(b) => format!("{b:?}"),
        },
        Expr::Unary { op, arg } => format!("({op:?} {})", print(arg)),
        Expr::Binary { op, left, right } => format!("({op:?} {} {})", print(left), print(right)),
        Expr::Call { name, args, distinct, filter } => {
            let distinct = if *distinct { "distinct " } else { "" };
            let filter = filter.as_ref().map_or(String::new(), |f| format!(" filter {}", print(f)));
            format!("{name}[{distinct}{}{filter}]", list(args))
        }
        Expr::Cast { arg, to } => format!("(Cast {} {to})", print(arg)),
        Expr::Case { branches, otherwise } => {
            let branches: String = branches.iter().map(|(c, v)| format!(" {}→{}", print(c), print(v))).collect();
            format!("(Case{branches} else {})", otherwise.as_ref().map_or("-".into(), |e| print(e)))
        }
        Expr::In { arg, list: values, negated } => format!("({} {} [{}])", if *negated { "NotIn" } else { "In" }, print(arg), list(values)),
        Expr::Alias { arg, names } => format!("{} as {}", print(arg), names.join(",")),
        Expr::Sort { arg, descending, nulls_first } => format!("(Sort {} {descending} {nulls_first:?})", print(arg)),
        Expr::Item { arg, key } => format!("(Item {} {})", print(arg), print(key)),
        Expr::Window { function, spec } => {
            let WindowSpec { partition_by, order_by, frame } = spec;
            let frame = frame.as_ref().map_or(String::new(), |f| format!(" {} {:?}..{:?}", if f.rows { "rows" } else { "range" }, f.start, f.end));
            format!("(Over {} [{}] [{}]{frame})", print(function), list(partition_by), list(order_by))
        }
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(sql: &str, tree: &str) {
    match parse_projection(sql, &[]) {
        Ok(parsed) => assert_eq!(print(&parsed), tree, "{sql}"),
        Err(error) => panic!("{sql}: {error}"),
    }
}

#[track_caller]
fn refused(sql: &str) -> Error {
    match parse_projection(sql, &[]) {
        Ok(parsed) => panic!("{sql}: {}", print(&parsed)),
        Err(error) => error,
    }
}

#[test]
fn operators_bind_as_in_spark() {
    check("1 + 2 * 3", "(Add 1 (Mul 2 3))");
    check("(1 + 2) * 3", "(Mul (Add 1 2) 3)");
    check("10 - 4 - 3", "(Sub (Sub 10 4) 3)");
    check("a / b % 3", "(Mod (Div a b) 3)");
    check("-a + -1", "(Add (Neg a) -1)");
    check("- a * b", "(Mul (Neg a) b)");
    check("NOT a > 0", "(Not (Gt a 0))");
    check("not a = 1 and c = 0", "(And (Not (Eq a 1)) (Eq c 0))");
    check("a = 1 or a = 4 and c = 0", "(Or (Eq a 1) (And (Eq a 4) (Eq c 0)))");
    check("a & 3 | 8 ^ 1", "(BitOr (BitAnd a 3) (BitXor 8 1))");
    check("~a & b", "(BitAnd (BitNot a) b)");
    check("a || b || 'x'", "concat[concat[a b] \"x\"]");
    check("1 + 2 || 'x'", "concat[(Add 1 2) \"x\"]");
    check("a-1=0 or(a+7)=0", "(Or (Eq (Sub a 1) 0) (Eq (Add a 7) 0))");
    check("a div 2 + 1", "(Add (IntDiv a 2) 1)");
    check("a << 2 >> 1", "shiftright[shiftleft[a 2] 1]");
    check("a & b << 2", "(BitAnd a shiftleft[b 2])");
    check("a == b", "(Eq a b)");
    check("a <> b and a != b", "(And (Ne a b) (Ne a b))");
    check("! flag", "(Not flag)");
    check("b <=> null", "(EqNullSafe b null)");
}

#[test]
fn predicates() {
    check("a between 0 and 4 and b is not null", "(And (And (Ge a 0) (Le a 4)) (IsNotNull b))");
    check("a not between 0 and 4", "(Not (And (Ge a 0) (Le a 4)))");
    check("a between 1 + 1 and 2 * 3 or c", "(Or (And (Ge a (Add 1 1)) (Le a (Mul 2 3))) c)");
    check("a not in (1, null)", "(NotIn a [1 null])");
    check("a in ()", "(In a [])");
    check("s in ('x', 'It''s', '')", r#"(In s ["x" "It's" ""])"#);
    check(r"s like 'a\_%'", r#"like[s "a\\_%"]"#);
    check("s not like '%x%'", "(Not like[s \"%x%\"])");
    check("s like 'a!%' escape '!' and b", "(And like[s \"a!%\" \"!\"] b)");
    check("s ilike 'a' or s not ilike 'b'", "(Or ilike[s \"a\"] (Not ilike[s \"b\"]))");
    check("s rlike '^a' or s regexp 'b' or s not rlike 'c'", "(Or (Or rlike[s \"^a\"] rlike[s \"b\"]) (Not rlike[s \"c\"]))");
    check("s like 'a' || '%'", "like[s concat[\"a\" \"%\"]]");
    check("a is distinct from 1", "(Not (EqNullSafe a 1))");
    check("a is not distinct from b", "(EqNullSafe a b)");
    check("(a > 0) is not true", "(Not (EqNullSafe (Gt a 0) 1:boolean))");
    check("a is false or a is unknown", "(Or (EqNullSafe a 0:boolean) (IsNull a))");
}

#[test]
fn literals() {
    check("1L + 2S + 3Y", "(Add (Add 1 2:smallint) 3:tinyint)");
    check("1e3 + .5 + 2.", "(Add (Add 1000.0 0.5) 2.0)");
    check("1.5D + 2BD", "(Add 1.5 2.0)");
    check("9223372036854775807", "9223372036854775807");
    check("-9223372036854775808", "-9223372036854775808");
    check("9223372036854775808", "9.223372036854776e18");
    check("0x1F", "31");
    check("X'4d4F'", "[77, 79]");
    check("'日本 é 😀'", "\"日本 é 😀\"");
    check("'a\\nb'", "\"a\\\\nb\"");
    check("true and FALSE or null", "(Or (And 1:boolean 0:boolean) null)");
    check("DATE '2024-02-29'", "2024-02-29:date");
    check("date '2024-2'", "2024-02-01:date");
    check("timestamp '2024-02-29 1:02:03.500'", "2024-02-29 01:02:03.5:timestamp");
    check("timestamp'2024-02-29'", "2024-02-29 00:00:00:timestamp");
    check("array[1, 2]", "array[1 2]");
    assert!(refused("date '2023-02-29'").to_string().contains("is not a date"));
    assert_eq!(refused("1e400").code(), Code::SyntaxError);
    assert_eq!(refused("10abc").code(), Code::SyntaxError);
}

#[test]
fn names() {
    check("nullable + trueness", "(Add nullable trueness)");
    check("`my col` + \"select\"", "(Add my col select)");
    check("`a``b` + \"a\"\"b\" + `a.b`", "(Add (Add `a``b` a\"b) `a.b`)");
    check("q.a + `m t`.id + a.b.c", "(Add (Add q.a m t.id) a.b.c)");
    check("`x.y`.z", "`x.y`.z");
    check("naïve + 日本 + 😀", "(Add (Add naïve 日本) 😀)");
    check("date > day and order = timestamp", "(And (Gt date day) (Eq order timestamp))");
    check("left + right - position * interval", "(Sub (Add left right) (Mul position interval))");
    check(
        "values + rows + range + user + current + array + map + struct",
        "(Add (Add (Add (Add (Add (Add (Add values rows) range) user) current) array) map) struct)",
    );
    check("a[0]", "(Item a 0)");
    check("a[0]['k'].f", "(Item (Item (Item a 0) \"k\") \"f\")");
    check("f(x).y + (a).b", "(Add (Item f[x] \"y\") (Item a \"b\"))");
    check("t.a[i + 1]", "(Item t.a (Add i 1))");
    check("select", "select");
    check("x.end + x.case", "(Add x.end x.case)");
}

#[test]
fn projections() {
    check("*", "*");
    check("a.*", "a.*");
    check("a + 1 as r", "(Add a 1) as r");
    check("count(*) n", "count[*] as n");
    check("a AS `x y`", "a as x y");
    check("posexplode(a) as (p, c)", "posexplode[a] as p,c");
    check("a desc nulls last", "(Sort a true Some(false))");
    check("a asc", "(Sort a false None)");
    check("a nulls first", "(Sort a false Some(true))");
    assert_eq!(parse_expression("a as b", &[]).unwrap_err().code(), Code::SyntaxError);
    assert_eq!(print(&parse_expression("a", &[]).unwrap()), "a");
}

#[test]
fn conditions_and_casts() {
    check("case when a > 0 then 'p' when a < 0 then 'n' end", "(Case (Gt a 0)→\"p\" (Lt a 0)→\"n\" else -)");
    check("case b when null then 1 else 2 end", "(Case (Eq b null)→1 else 2)");
    check("case when a then case when b then 1 else 2 end else 3 end + 1", "(Add (Case a→(Case b→1 else 2) else 3) 1)");
    check("if(a > 0, 'y', 'n')", "(Case (Gt a 0)→\"y\" else \"n\")");
    check("cast(a as decimal(10, 2))", "(Cast a decimal(10,2))");
    check("cast(a as Array<Struct<x: int, `y z`: string>>)", "(Cast a array<struct<x:int,`y z`:string>>)");
    check("cast(a as map<string,array<array<int>>>) is null", "(IsNull (Cast a map<string,array<array<int>>>))");
    check("'12'::int + a", "(Add (Cast \"12\" int) a)");
    check("a::double precision", "(Cast a double)");
    check("a::int < 3", "(Lt (Cast a int) 3)");
    check("a::decimal (4,1) > 3", "(Gt (Cast a decimal(4,1)) 3)");
    check("-a::bigint::string as s", "(Neg (Cast (Cast a bigint) string)) as s");
    check("try_cast(a as date)", "(Cast a date)");
    check("date(a) + int(b)", "(Add (Cast a date) (Cast b int))");
    check("date(a, '+1 day')", "date[a \"+1 day\"]");
    assert_eq!(refused("cast(a as nonsense)").code(), Code::InvalidArgument);
}

#[test]
fn calls() {
    check("COUNT(*) - count(1)", "(Sub COUNT[*] count[1])");
    check("count(distinct a, b)", "count[distinct a b]");
    check("sum(distinct qty)", "sum[distinct qty]");
    check("sum(x) filter (where y > 1)", "sum[x filter (Gt y 1)]");
    check("count(*) filter (where flag) over (partition by a)", "(Over count[* filter flag] [a] [])");
    check(
        "row_number() over (partition by a, b + 1 order by c desc nulls last, d)",
        "(Over row_number[] [a (Add b 1)] [(Sort c true Some(false)) (Sort d false None)])",
    );
    check(
        "sum(x) over (order by y rows between 1 preceding and current row)",
        "(Over sum[x] [] [(Sort y false None)] rows Offset(-1.0)..CurrentRow)",
    );
    check(
        "sum(x) over (order by y range between unbounded preceding and 2 following)",
        "(Over sum[x] [] [(Sort y false None)] range UnboundedPreceding..Offset(2.0))",
    );
    check("sum(x) over (order by y rows unbounded preceding)", "(Over sum[x] [] [(Sort y false None)] rows UnboundedPreceding..CurrentRow)");
    check("first(x) ignore nulls", "first[x 1:boolean]");
    check("first(x, true)", "first[x 1:boolean]");
    check("dateAdd(d, 1)", "dateAdd[d 1]");
    check("left(s, 2) || right(s, 3)", "concat[left[s 2] right[s 3]]");
    check("replace(s, 'a', 'b')", "replace[s \"a\" \"b\"]");
    check("extract(year from d) + extract(DOW from d)", "(Add year[d] dayofweek[d])");
    check("date_part('month', d)", "month[d]");
    check("position('a' in s)", "locate[\"a\" s]");
    check("substring(s from 2 for 3) = substring(s, 2, 3)", "(Eq substring[s 2 3] substring[s 2 3])");
    check("trim(both 'x' from s) || trim(s) || trim(leading from s)", "concat[concat[trim[s \"x\"] trim[s]] ltrim[s]]");
    check("overlay(s placing 'x' from 2 for 1)", "overlay[s \"x\" 2 1]");
    check("ceil(x, 2) + floor(x)", "(Add ceil[x 2] floor[x])");
    check("current_date", "current_date[]");
    check("current_timestamp()", "current_timestamp[]");
    check("percentile_cont(0.5) within group (order by x)", "percentile[x 0.5]");
    check("array(1, 2)[0] + size(array())", "(Add (Item array[1 2] 0) size[array[]])");
    check("struct(a, b)", "struct[a b]");
    check("map('a', 1)['a']", "(Item map[\"a\" 1] \"a\")");
    check("upper()", "upper[]");
    check("convert(x) + year(d) + mod(a, 2)", "(Add (Add convert[x] year[d]) mod[a 2])");
}

#[test]
fn intervals() {
    check("d + interval 1 day", "add_interval[d 1 \"day\"]");
    check("d - interval '2' months", "add_interval[d -2 \"month\"]");
    check("d + interval '1 day 2 hours'", "add_interval[add_interval[d 1 \"day\"] 2 \"hour\"]");
    check("d + interval 1 year 2 month", "add_interval[add_interval[d 1 \"year\"] 2 \"month\"]");
    check("interval 1 week + d > x", "(Gt add_interval[d 1 \"week\"] x)");
    check("d - interval n days", "add_interval[d (Neg n) \"day\"]");
    check("d + (interval 1 day)", "add_interval[d 1 \"day\"]");
    assert_eq!(refused("interval 1 day").code(), Code::Unsupported);
    assert_eq!(refused("d * interval 1 day").code(), Code::Unsupported);
    assert_eq!(refused("d + interval '1 dai'").code(), Code::SyntaxError);
}

#[test]
fn placeholders_take_values_in_order() {
    let text = |s: &str| Literal { value: s.into(), data_type: DataType::String };
    let parsed = parse_projection("a = ? and b in (?, 'c')", &[text("x"), text("y")]).unwrap();
    assert_eq!(print(&parsed), r#"(And (Eq a "x") (In b ["y" "c"]))"#);
    assert_eq!(parse_projection("a = ?", &[]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(refused("a = :x").code(), Code::SyntaxError);
    assert_eq!(refused("a = $1").code(), Code::SyntaxError);
    check("'? :a $1 @b'", "\"? :a $1 @b\"");
}

#[test]
fn syntax_errors_have_a_place() {
    let cases = [
        ("id >", 4, "expected an expression, found the end of the text"),
        ("(id > 1", 7, "expected )"),
        ("note = 'x", 7, "a string without its closing quote"),
        ("id > 1 )", 7, "expected the end of the text, found )"),
        ("case when id > 1 then 2 as x", 24, "expected END, found as"),
        ("id > and 2", 5, "expected an expression, found and"),
        ("é + ", 5, "expected an expression"),
        ("a\n  + * 2", 6, "expected an expression, found *"),
        ("a b c", 4, "expected the end of the text, found c"),
        ("a; drop table t", 1, "expected the end of the text, found ;"),
        ("", 0, "expected an expression"),
        ("a = 'x' 'y'", 8, "expected the end of the text"),
    ];
    for (sql, position, message) in cases {
        let error = refused(sql);
        assert_eq!(error.code(), Code::SyntaxError, "{sql}: {error}");
        assert!(error.to_string().contains(message), "{sql}: {error}");
        assert_eq!(error.report().position, Some(position), "{sql}: {error}");
        assert_eq!(error.report().sql.as_deref(), Some(sql));
    }
}

#[test]
fn what_is_not_supported_says_so() {
    for sql in [
        "a in (select 1)",
        "(select 1)",
        "exists(select 1)",
        "transform(a, x -> x + 1)",
        "a ->> '$.b'",
        "a similar to 'b'",
        "a > any(b)",
        "a collate nocase",
        "(a, b) = (1, 2)",
        "a[1:2]",
        "string_agg(a, ',' order by b)",
        "lag(a) ignore nulls over (order by b)",
        "sum(a) over w",
        "sum(a) over (order by b groups 1 preceding)",
    ] {
        let error = refused(sql);
        assert!(matches!(error.code(), Code::Unsupported | Code::SyntaxError), "{sql}: {:?} {error}", error.code());
    }
}

#[test]
fn depth_is_bounded() {
    let chain = |n: usize, link: &str| std::iter::repeat_n("a", n).collect::<Vec<_>>().join(link);
    assert!(parse_projection(&chain(300, " + "), &[]).is_ok());
    for n in [500, 1_500, 5_000, 200_000] {
        match parse_projection(&chain(n, " or "), &[]) {
            Ok(_) => assert!(n < 2_000, "{n}"),
            Err(error) => assert_eq!((error.code(), n < 2_000), (Code::Unsupported, false), "{n}"),
        }
        assert_eq!(refused(&format!("{} +", chain(n, " + "))).code(), if n < 2_000 { Code::SyntaxError } else { Code::Unsupported }, "{n}");
    }
    let list = (0..50_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert!(parse_projection(&format!("a in ({list})"), &[]).is_ok());
    let branches = "when a = 1 then 2 ".repeat(5_000);
    assert!(parse_projection(&format!("case {branches} end"), &[]).is_ok());
    for n in [40, 1_000, 100_000] {
        for (open, close) in
            [("(", ")"), ("f(", ")"), ("not ", ""), ("- ", ""), ("case when a then ", " end"), ("a[", "]"), ("cast(", " as int)"), ("~ ", "")]
        {
            let text = format!("{}a{}", open.repeat(n), close.repeat(n));
            match parse_projection(&text, &[]) {
                Ok(_) => assert!(n < 100, "{n} {open}"),
                Err(error) => assert_eq!(error.code(), Code::Unsupported, "{n} {open}: {error}"),
            }
        }
    }
}

#[test]
fn window_bounds() {
    let parsed = parse_projection("sum(x) over (order by y rows between 2 preceding and 1 preceding)", &[]).unwrap();
    let Expr::Window { spec, .. } = &*parsed else { panic!() };
    let frame = spec.frame.as_ref().unwrap();
    assert_eq!((frame.start, frame.end), (FrameBound::Offset(-2.0), FrameBound::Offset(-1.0)));
    assert_eq!(refused("sum(x) over (order by y rows between unbounded following and current row)").code(), Code::SyntaxError);
    let not = parse_projection("not a", &[]).unwrap();
    assert!(matches!(&*not, Expr::Unary { op: UnaryOp::Not, .. }));
}
