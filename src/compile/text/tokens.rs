//! Tokens of a text, made ready for the parser: placeholders numbered, number suffixes joined, depth bounded.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};

use super::dialect::TextDialect;
use super::{byte_offset, shown, syntax_error};
use crate::error::{Error, Result};

/// Tokens since the last separator, over all open brackets. Every level of the parser's tree takes two tokens at least, and dropping the tree
/// recurses, so this bounds the depth of what the parser builds.
const MAX_RUN: usize = 4_000;

pub(super) struct Tokens {
    pub tokens: Vec<TokenWithSpan>,
    pub n_placeholders: usize,
}

pub(super) fn tokenize(sql: &str) -> Result<Tokens> {
    let tokens = Tokenizer::new(&TextDialect, sql).tokenize_with_location().map_err(|e| {
        let text = e.message.replace("Unterminated string literal", "a string without its closing quote");
        syntax_error(sql, byte_offset(sql, e.location), &text)
    })?;
    check_depth(sql, &tokens)?;
    join(sql, tokens)
}

/// Numbers the placeholders and joins a number with the letters right after it (`1.5D`, `2S`).
fn join(sql: &str, tokens: Vec<TokenWithSpan>) -> Result<Tokens> {
    let mut n_placeholders = 0;
    let mut n_open = 0_usize;
    let mut tokens = tokens.into_iter();
    let mut joined: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    while let Some(mut token) = tokens.next() {
        match &mut token.token {
            Token::LParen => n_open += 1,
            Token::RParen => n_open = n_open.saturating_sub(1),
            Token::DoubleColon => {
                joined.push(token);
                joined.extend(type_word(sql, &mut tokens)?);
                continue;
            }
            // Within parentheses AS belongs to CAST.
            Token::Word(word) if word.keyword == Keyword::AS && n_open > 0 => {
                joined.push(token);
                joined.extend(type_word(sql, &mut tokens)?);
                continue;
            }
            Token::Word(word)
                if word.keyword == Keyword::DIV && !matches!(joined.last(), None | Some(TokenWithSpan { token: Token::LParen, .. })) =>
            {
                token.token = Token::CustomBinaryOperator("DIV".to_owned());
            }
            Token::Placeholder(name) if name == "?" => {
                *name = format!("?{n_placeholders}");
                n_placeholders += 1;
            }
            Token::Placeholder(name) => {
                let text = format!("\"{name}\" is not a placeholder of an expression text, which are ? in order");
                return Err(syntax_error(sql, byte_offset(sql, token.span.start), &text));
            }
            Token::HexStringLiteral(digits) if sql[byte_offset(sql, token.span.start)..].starts_with('0') => {
                let value = i64::from_str_radix(digits, 16)
                    .map_err(|_| syntax_error(sql, byte_offset(sql, token.span.start), "a hexadecimal integer has 1 to 15 digits"))?;
                token.token = Token::Number(value.to_string(), true);
            }
            Token::Word(word) => {
                if let Some(TokenWithSpan { token: Token::Number(number, false), .. }) = joined.last_mut() {
                    let suffix = word.value.to_ascii_uppercase();
                    if word.quote_style.is_some() || !matches!(suffix.as_str(), "L" | "S" | "Y" | "D" | "F" | "BD") {
                        let text = format!("\"{number}{}\" is neither a number nor a name", word.value);
                        return Err(syntax_error(sql, byte_offset(sql, token.span.start), &text));
                    }
                    number.push_str(&suffix);
                    continue;
                }
            }
            _ => {}
        }
        joined.push(token);
    }
    Ok(Tokens { tokens: joined, n_placeholders })
}

/// The tokens of a type as one quoted word, which `types` reads: `decimal(10,2)`, `array<struct<a:int>>`.
fn type_word(sql: &str, tokens: &mut std::vec::IntoIter<TokenWithSpan>) -> Result<Option<TokenWithSpan>> {
    let is_space = |token: &TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    while tokens.as_slice().first().is_some_and(is_space) {
        tokens.next();
    }
    let Some(first) = tokens.as_slice().first().cloned() else {
        return Err(syntax_error(sql, sql.len(), "expected a type, found the end of the text"));
    };
    if !matches!(first.token, Token::Word(_)) {
        return Err(syntax_error(sql, byte_offset(sql, first.span.start), &format!("expected a type, found {}", first.token)));
    }
    let mut text = String::new();
    let mut n_open = 0_usize;
    while let Some(token) = tokens.as_slice().first() {
        match &token.token {
            Token::Lt | Token::LParen => n_open += 1,
            Token::Gt | Token::RParen if n_open > 0 => n_open -= 1,
            Token::ShiftRight if n_open > 1 => n_open -= 2,
            _ if n_open > 0 || text.is_empty() => {}
            Token::Word(word) if text.trim_end().eq_ignore_ascii_case("double") && word.value.eq_ignore_ascii_case("precision") => {}
            // Only an opening bracket may come after blanks: `decimal (10, 2)`.
            Token::Whitespace(_) if matches!(next_solid(tokens.as_slice()), Some(Token::Lt | Token::LParen)) && is_type_with_brackets(&text) => {}
            Token::Whitespace(_)
                if text.eq_ignore_ascii_case("double")
                    && matches!(next_solid(tokens.as_slice()), Some(Token::Word(w)) if w.value.eq_ignore_ascii_case("precision")) => {}
            _ => break,
        }
        if !is_type_with_brackets(&text) && n_open > 0 && !text.contains(['<', '(']) {
            // `int < 3`, `int (`: the bracket is not the type's.
            break;
        }
        text.push_str(&token.token.to_string());
        tokens.next();
    }
    let word = Word { value: text, quote_style: Some('`'), keyword: Keyword::NoKeyword };
    Ok(Some(TokenWithSpan { token: Token::Word(word), span: first.span }))
}

fn next_solid(tokens: &[TokenWithSpan]) -> Option<&Token> {
    tokens.iter().map(|t| &t.token).find(|t| !matches!(t, Token::Whitespace(_)))
}

/// Does this name take arguments in `<>` or `()`?
fn is_type_with_brackets(name: &str) -> bool {
    const NAMES: [&str; 11] = ["array", "map", "struct", "decimal", "dec", "numeric", "varchar", "char", "character", "nvarchar", "varbinary"];
    NAMES.iter().any(|n| n.eq_ignore_ascii_case(name.trim()))
}

fn check_depth(sql: &str, tokens: &[TokenWithSpan]) -> Result<()> {
    // One count per open bracket; a comma or a branch of CASE begins a new operand there.
    let mut runs = vec![0_usize];
    let mut total = 0_usize;
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket => runs.push(0),
            Token::RParen | Token::RBracket if runs.len() > 1 => total -= runs.pop().unwrap_or(0),
            Token::Comma => {
                if let Some(run) = runs.last_mut() {
                    total -= *run;
                    *run = 0;
                }
            }
            Token::Word(word) if word.quote_style.is_none() && ["when", "then"].iter().any(|k| word.value.eq_ignore_ascii_case(k)) => {
                if let Some(run) = runs.last_mut() {
                    total -= *run;
                    *run = 0;
                }
            }
            _ => {}
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
            total += 1;
        }
        if total > MAX_RUN {
            return Err(Error::unsupported(format!("an expression text chains too many operators: {}", shown(sql)))
                .hint("use IN for a list of values, or split it over several withColumn() or where()")
                .sql(sql)
                .position(byte_offset(sql, token.span.start)));
        }
    }
    Ok(())
}
