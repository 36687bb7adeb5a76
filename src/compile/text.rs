//! SQL text of one expression to the tree that the methods build.
//!
//! `sqlparser` reads the text with a dialect of our own (`dialect`); `convert` maps what it read. Nothing of the text reaches the
//! statement: literals become bound values, identifiers column names, so a text can do no more than a Column can.
//!
//! | text | tree |
//! |---|---|
//! | `a.b = 'x' and not c` | the same as `col("a.b").eq("x").and(col("c").not())` |
//! | `sum(x) filter (where y > 1) as s` | `Alias(Call{filter})`; only in [`parse_projection`] |
//! | `name desc nulls last`, `*`, `a.*` | `Sort`, `Star`; only in [`parse_projection`] |
//!
//! Not promised: subqueries (frames do that: `isin(df)`, `F.exists(df)`), lambda functions, `AT TIME ZONE`.
//!
//! Depth is bounded twice: the parser nests at most [`MAX_NESTING`] deep, and chains such as `a + b + c` are as long as the longest
//! expression of a plan may be deep; those of AND and OR are balanced and go on to 2,000 operands. Beyond are clear errors, because a
//! WebAssembly stack is small.

mod call;
mod convert;
mod dialect;
mod interval;
mod literal;
mod tokens;

use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token};

use crate::error::{Code, Error, Result};
use crate::expr::{Expr, ExprRef, Literal};
use convert::Converter;
use dialect::TextDialect;

/// Parentheses, function calls and CASE may nest this deep in a text. In WebAssembly a level takes 12 KB of the 984 KB that V8 has by default.
pub const MAX_NESTING: usize = 40;

/// Reads one expression. `params` fill its `?` in order. Errors: `syntax_error` with `sql` and byte `position`, `unsupported`,
/// `invalid_argument` where the number of params differs.
pub fn parse_expression(sql: &str, params: &[Literal]) -> Result<ExprRef> {
    let parsed = parse_projection(sql, params)?;
    match &*parsed {
        Expr::Alias { .. } => Err(Error::new(Code::SyntaxError, format!("an alias has no meaning here: {}", shown(sql))).sql(sql)),
        Expr::Sort { .. } => Err(Error::new(Code::SyntaxError, format!("ASC and DESC have no meaning here: {}", shown(sql))).sql(sql)),
        Expr::Star { .. } => Err(Error::new(Code::SyntaxError, format!("* has no meaning here: {}", shown(sql))).sql(sql)),
        _ => Ok(parsed),
    }
}

/// Reads one expression that may be `*`, `a.*`, or end in `AS name`, `name`, `AS (a, b)`, `ASC`, `DESC`, `NULLS FIRST`, `NULLS LAST`.
pub fn parse_projection(sql: &str, params: &[Literal]) -> Result<ExprRef> {
    let tokens = tokens::tokenize(sql)?;
    let n_placeholders = tokens.n_placeholders;
    if n_placeholders != params.len() {
        return Err(Error::invalid(format!("{n_placeholders} placeholders (?) and {} values: {}", params.len(), shown(sql))).sql(sql));
    }
    let dialect = TextDialect;
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_NESTING).with_tokens_with_locations(tokens.tokens);
    let parsed = parser.parse_wildcard_expr().map_err(|e| parser_error(sql, &e))?;
    let suffix = parse_suffix(&mut parser).map_err(|e| parser_error(sql, &e))?;
    let arg = Converter { sql, params }.convert(parsed, 0)?;
    Ok(match suffix {
        Suffix::None => arg,
        Suffix::Alias(names) => Expr::Alias { arg, names }.into(),
        Suffix::Sort { descending, nulls_first } => Expr::Sort { arg, descending, nulls_first }.into(),
    })
}

enum Suffix {
    None,
    Alias(Vec<String>),
    Sort { descending: bool, nulls_first: Option<bool> },
}

fn parse_suffix(parser: &mut Parser) -> Result<Suffix, ParserError> {
    let order = parser.parse_one_of_keywords(&[Keyword::ASC, Keyword::DESC]);
    let nulls = if parser.parse_keywords(&[Keyword::NULLS, Keyword::FIRST]) {
        Some(true)
    } else if parser.parse_keywords(&[Keyword::NULLS, Keyword::LAST]) {
        Some(false)
    } else {
        None
    };
    let suffix = if order.is_some() || nulls.is_some() {
        Suffix::Sort { descending: order == Some(Keyword::DESC), nulls_first: nulls }
    } else {
        let explicit = parser.parse_keyword(Keyword::AS);
        if explicit && parser.consume_token(&Token::LParen) {
            let names = parser.parse_comma_separated(Parser::parse_identifier)?;
            parser.expect_token(&Token::RParen)?;
            Suffix::Alias(names.into_iter().map(|ident| ident.value).collect())
        } else if explicit || matches!(parser.peek_token_ref().token, Token::Word(_)) {
            Suffix::Alias(vec![parser.parse_identifier()?.value])
        } else {
            Suffix::None
        }
    };
    match parser.peek_token() {
        t if t.token == Token::EOF => Ok(suffix),
        t => parser.expected("the end of the text", t),
    }
}

/// The parser's error in our words. Its places are lines and columns at the end of its message.
fn parser_error(sql: &str, error: &ParserError) -> Error {
    let text = match error {
        ParserError::RecursionLimitExceeded => {
            return Error::unsupported(format!("an expression text may nest at most {MAX_NESTING} deep: {}", shown(sql)))
                .hint("split it over several withColumn()")
                .sql(sql);
        }
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
    };
    let (text, place) = match text.rsplit_once(" at Line: ") {
        Some((text, place)) => (text, parse_location(place)),
        None => (text, None),
    };
    let text = text.replace("Expected: ", "expected ").replace("found: EOF", "found the end of the text").replace("found: ", "found ");
    syntax_error(sql, place.map_or(sql.len(), |place| byte_offset(sql, place)), &text)
}

fn parse_location(place: &str) -> Option<Location> {
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
}

/// `text` without a place, at a byte of `sql`.
pub(crate) fn syntax_error(sql: &str, position: usize, text: &str) -> Error {
    let before = sql.get(..position).map_or(position, |s| s.chars().count());
    Error::new(Code::SyntaxError, format!("{text}, at character {} of {}", before + 1, shown(sql))).sql(sql).position(position)
}

/// A text in a message: quoted, cut when long.
fn shown(sql: &str) -> String {
    const SHOWN: usize = 120;
    match sql.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &sql[..end]),
        None => format!("`{sql}`"),
    }
}

/// Lines and columns count from 1, columns in characters.
pub(crate) fn byte_offset(sql: &str, place: Location) -> usize {
    let mut line = 1;
    let mut column = 1;
    for (offset, c) in sql.char_indices() {
        if line == place.line && column == place.column {
            return offset;
        }
        if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    sql.len()
}

#[cfg(test)]
mod tests;
