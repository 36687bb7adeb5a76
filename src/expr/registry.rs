//! The function registry: the single list of what `F` and SQL text can call.
//!
//! Every function compiles to a plain SQL call of `sql_name` unless `rule` says that `compile` has a rule of its own.
//! Where SQLite lacks the function or means something else, `functions/` registers ours under the same name on every connection.
//! The TypeScript `F`, its documentation page and the arity errors are made from this list.
//!
//! SQLite's values do not show every logical type: a boolean is an integer, an array is a text. A function with `typed` therefore has
//! a twin named `<sql_name>_of` whose first argument is a text that lists the types of the others (`'boolean, array<int>'`,
//! see [`signature`]); [`needs_types`] tells when `compile` must call the twin. Without it a function takes values as SQLite shows them.

mod aggregate;
mod array;
mod condition;
mod date;
mod math;
mod misc;
pub mod render;
pub mod returns;
mod text;
mod window;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::error::Result;
use crate::types::DataType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    /// Only with OVER.
    Window,
    /// Makes rows: `explode` and its family.
    Generator,
}

/// What a JavaScript string means at an argument's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringIs {
    /// The name of a column, as in PySpark.
    Column,
    /// A literal: patterns, formats, separators, units, paths, defaults.
    Literal,
}

/// What a function expects at an argument's place. Other types are cast there as PySpark casts them implicitly: to `Text` a boolean becomes
/// `true` or `false`, to `Number` a text becomes a double. Our own functions convert numbers, texts, dates and timestamps by themselves;
/// only a boolean (and a decimal) given to `Text` needs a cast by `compile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Any,
    Text,
    Number,
    Integer,
    Boolean,
    Date,
    Timestamp,
    Binary,
    Array,
    Map,
}

impl Wants {
    /// Does a value of this type fit here, if need be by an implicit cast?
    pub fn accepts(self, data_type: &DataType) -> bool {
        let open = matches!(data_type, DataType::Any | DataType::Void);
        open || match self {
            Wants::Any => true,
            Wants::Text | Wants::Binary => !data_type.is_nested() || *data_type == DataType::Json,
            Wants::Number | Wants::Integer => data_type.is_numeric() || *data_type == DataType::String,
            Wants::Boolean => matches!(data_type, DataType::Boolean | DataType::String),
            Wants::Date | Wants::Timestamp => data_type.is_temporal() || *data_type == DataType::String,
            Wants::Array => matches!(data_type, DataType::Array(_) | DataType::Json),
            Wants::Map => matches!(data_type, DataType::Map(..) | DataType::Json),
        }
    }

    /// What fits, in words.
    pub fn expected(self) -> &'static str {
        match self {
            Wants::Any => "any value",
            Wants::Text => "a text",
            Wants::Number => "a number",
            Wants::Integer => "an integer",
            Wants::Boolean => "a boolean",
            Wants::Date => "a date",
            Wants::Timestamp => "a timestamp",
            Wants::Binary => "a text or binary",
            Wants::Array => "an array",
            Wants::Map => "a map",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    pub string_is: StringIs,
    pub optional: bool,
    /// Takes all remaining arguments, also none if optional; only on the last.
    pub variadic: bool,
    pub wants: Wants,
}

impl Param {
    /// A parameter where a string names a column.
    pub const fn column(name: &'static str, wants: Wants) -> Self {
        Param { name, string_is: StringIs::Column, optional: false, variadic: false, wants }
    }

    /// A parameter where a string is itself.
    pub const fn literal(name: &'static str, wants: Wants) -> Self {
        Param { name, string_is: StringIs::Literal, optional: false, variadic: false, wants }
    }

    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }
}

pub type Returns = fn(&[DataType]) -> Result<DataType>;

#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// In `F`: `dateAdd`.
    pub name: &'static str,
    /// In SQL: `date_add`; what our own implementations are registered under.
    pub sql_name: &'static str,
    /// Further names in either spelling (`mean` of `avg`).
    pub aliases: &'static [&'static str],
    /// One of: aggregate text math date condition array window misc.
    pub family: &'static str,
    pub kind: FunctionKind,
    pub params: &'static [Param],
    /// The type of the result from those of the arguments; `type_mismatch` where they do not fit.
    pub returns: Returns,
    /// May the result be NULL when no argument is?
    pub nullable: bool,
    /// The result is NULL when an argument is, and only then if not `nullable`.
    pub null_in_null_out: bool,
    /// Equal arguments give equal results.
    pub deterministic: bool,
    /// PySpark's spelling in the names of results (`SQRT(x)`); `sql_name` where empty.
    pub label: &'static str,
    /// The name to call with OVER where it is another one (`first` is `first_value` there).
    pub over: Option<&'static str>,
    /// Has a twin `<sql_name>_of` that is told the types of its arguments.
    pub typed: bool,
    /// `compile` has a rule of its own instead of the plain call.
    pub rule: bool,
    /// One line for the documentation.
    pub doc: &'static str,
}

impl Function {
    pub const fn new(
        family: &'static str,
        kind: FunctionKind,
        names: (&'static str, &'static str),
        params: &'static [Param],
        returns: Returns,
        doc: &'static str,
    ) -> Self {
        Function {
            name: names.0,
            sql_name: names.1,
            aliases: &[],
            family,
            kind,
            params,
            returns,
            nullable: true,
            null_in_null_out: matches!(kind, FunctionKind::Scalar),
            deterministic: true,
            label: "",
            over: None,
            typed: false,
            rule: false,
            doc,
        }
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Not NULL unless an argument is.
    const fn total(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Never NULL, or NULL for reasons of its own: NULL arguments are values to it.
    const fn sees_nulls(mut self) -> Self {
        self.null_in_null_out = false;
        self
    }

    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Never NULL, whatever the arguments.
    const fn never_null(self) -> Self {
        self.total().sees_nulls()
    }

    const fn volatile(mut self) -> Self {
        self.deterministic = false;
        self
    }

    const fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    const fn over(mut self, name: &'static str) -> Self {
        self.over = Some(name);
        self
    }

    const fn typed(mut self) -> Self {
        self.typed = true;
        self
    }

    const fn rule(mut self) -> Self {
        self.rule = true;
        self
    }

    /// The least and the greatest number of arguments; None: any number.
    pub fn arity(&self) -> (usize, Option<usize>) {
        let least = self.params.iter().filter(|p| !p.optional).count();
        let open = self.params.last().is_some_and(|p| p.variadic);
        (least, if open { None } else { Some(self.params.len()) })
    }

    /// The parameter at a place; the last one stands for all that follow if it is variadic.
    pub fn param(&self, index: usize) -> Option<&'static Param> {
        self.params.get(index).or_else(|| self.params.last().filter(|p| p.variadic))
    }

    /// The name in the column names of results.
    pub fn display_name(&self) -> &'static str {
        if self.label.is_empty() { self.sql_name } else { self.label }
    }

    /// May the result be NULL, given which arguments may?
    pub fn result_nullable(&self, any_argument_nullable: bool) -> bool {
        self.nullable || (self.null_in_null_out && any_argument_nullable)
    }
}

/// All functions, by family.
pub fn functions() -> &'static [Function] {
    static ALL: OnceLock<Vec<Function>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            aggregate::FUNCTIONS,
            text::FUNCTIONS,
            math::FUNCTIONS,
            date::FUNCTIONS,
            condition::FUNCTIONS,
            array::FUNCTIONS,
            window::FUNCTIONS,
            misc::FUNCTIONS,
        ]
        .concat()
    })
}

/// The function of this name in either spelling, without regard to case.
pub fn lookup(name: &str) -> Option<&'static Function> {
    static INDEX: OnceLock<HashMap<String, &'static Function>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let mut index = HashMap::new();
        // Proper names win over aliases.
        for function in functions() {
            index.entry(function.name.to_ascii_lowercase()).or_insert(function);
            index.entry(function.sql_name.to_ascii_lowercase()).or_insert(function);
        }
        for function in functions() {
            for alias in function.aliases {
                index.entry(alias.to_ascii_lowercase()).or_insert(function);
            }
        }
        index
    });
    if name.len() > 64 {
        return None;
    }
    index.get(name.to_ascii_lowercase().as_str()).copied()
}

/// All spellings by which a function can be called, for suggestions in errors.
pub fn names() -> impl Iterator<Item = &'static str> {
    functions().iter().flat_map(|f| [f.name, f.sql_name].into_iter().chain(f.aliases.iter().copied()))
}

/// Does SQLite's storage hide something of these types from a function that looks at values? Then the twin `<sql_name>_of` is called.
pub fn needs_types(function: &Function, args: &[DataType]) -> bool {
    // Hashes depend on the width of integers; the struct of `to_json` on names and dates.
    let always = matches!(function.sql_name, "hash" | "xxhash64" | "to_json");
    function.typed && (always || args.iter().any(hidden)) && !reads_plainly(function.sql_name, args)
}

/// An array is read as one whatever it is told to be; what is sought in it or added to it shows its type where it is a text or an integer.
fn reads_plainly(sql_name: &str, args: &[DataType]) -> bool {
    let of_array = matches!(sql_name, "array_contains" | "array_position" | "array_append" | "array_prepend" | "array_insert" | "array_remove");
    match args {
        [DataType::Array(_), rest @ ..] => {
            of_array && rest.iter().all(|t| t.is_integer() || matches!(t, DataType::String | DataType::Date | DataType::Timestamp))
        }
        _ => false,
    }
}

fn hidden(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Boolean | DataType::Float | DataType::Decimal(..) | DataType::Binary) || data_type.is_nested()
}

/// The text that tells a typed twin the types of its arguments: `'bigint, array<string>'`.
pub fn signature(args: &[DataType]) -> String {
    args.iter().map(DataType::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads a [`signature`]: splits at the commas outside brackets and backticks.
pub fn parse_signature(text: &str) -> Result<Vec<DataType>> {
    let (mut types, mut depth, mut quoted, mut start) = (Vec::new(), 0usize, false, 0);
    for (i, c) in text.char_indices() {
        match c {
            '`' => quoted = !quoted,
            '<' | '(' if !quoted => depth += 1,
            '>' | ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                types.push(DataType::parse(text.get(start..i).unwrap_or(""))?);
                start = i + 1;
            }
            _ => {}
        }
    }
    types.push(DataType::parse(text.get(start..).unwrap_or(""))?);
    Ok(types)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for f in functions() {
            let mut names: Vec<String> = [f.name, f.sql_name].iter().chain(f.aliases).map(|n| n.to_ascii_lowercase()).collect();
            names.sort();
            names.dedup();
            for name in names {
                if let Some(other) = seen.insert(name.clone(), f.name) {
                    panic!("{name} names both {other} and {}", f.name);
                }
            }
        }
    }

    #[test]
    fn spellings_agree() {
        for f in functions() {
            let snake: String = f.name.chars().flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] }).collect();
            assert!(
                f.sql_name.replace('_', "") == snake.replace('_', "")
                    || f.aliases.contains(&snake.as_str())
                    || f.rule
                    || f.over.is_some()
                    || !f.label.is_empty(),
                "{} and {}",
                f.name,
                f.sql_name
            );
            assert!(f.params.iter().rev().skip(1).all(|p| !p.variadic), "{}", f.name);
            assert!(!f.doc.is_empty() && !f.doc.ends_with('.'), "{}", f.name);
            assert_eq!(lookup(f.name).map(|g| g.name), Some(f.name));
            assert_eq!(lookup(&f.name.to_uppercase()).map(|g| g.name), Some(f.name));
        }
        assert_eq!(lookup("date_add").unwrap().name, "dateAdd");
        assert_eq!(lookup("mean").unwrap().name, "avg");
        assert!(lookup("no_such").is_none());
    }

    /// Every function that the API page lists.
    #[test]
    fn the_listed_functions_are_there() {
        let listed = "sum sumDistinct avg mean min max count countDistinct approxCountDistinct first last collectList collectSet stddev stddevPop \
            stddevSamp variance varPop varSamp corr covarPop covarSamp skewness kurtosis median mode percentile percentileApprox boolAnd boolOr \
            maxBy minBy stringAgg listagg groupingId upper lower initcap length charLength trim ltrim rtrim lpad rpad substring substringIndex left \
            right instr locate replace translate repeat reverse concat concatWs split regexpExtract regexpExtractAll regexpReplace regexpLike \
            regexpCount levenshtein soundex ascii chr hex unhex base64 unbase64 md5 sha1 sha2 crc32 formatNumber formatString overlay abs ceil floor \
            round bround sqrt cbrt exp expm1 ln log log10 log2 log1p pow sign signum sin cos tan asin acos atan atan2 sinh cosh tanh degrees radians \
            hypot factorial greatest least pmod rint rand randn bin conv shiftLeft shiftRight e pi currentDate currentTimestamp year quarter month \
            dayofmonth dayofweek dayofyear weekofyear hour minute second dateAdd dateSub datediff addMonths monthsBetween lastDay nextDay trunc \
            dateTrunc dateFormat toDate toTimestamp unixTimestamp fromUnixtime makeDate dayname monthname weekday coalesce ifnull nvl nvl2 nullif \
            isnull isnan nanvl array arrayContains arrayPosition arrayAppend arrayPrepend arrayRemove arrayDistinct arraySort arrayMax arrayMin \
            arrayJoin arrayUnion arrayIntersect arrayExcept arraysOverlap size slice sortArray elementAt explode explodeOuter posexplode \
            posexplodeOuter flatten sequence struct getJsonObject jsonTuple fromJson toJson rowNumber rank denseRank percentRank cumeDist ntile lag \
            lead firstValue lastValue nthValue hash xxhash64 monotonicallyIncreasingId uuid typeof";
        let missing: Vec<&str> = listed.split_whitespace().filter(|n| lookup(n).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn signatures_are_read_back() {
        for text in ["boolean", "bigint, array<string>", "struct<`a, b`:int,c:decimal(10,2)>, map<string,int>"] {
            assert_eq!(signature(&parse_signature(text).unwrap()), text);
        }
        assert!(parse_signature("int,").is_err());
    }
}
