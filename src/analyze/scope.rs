//! What a name means among the columns in reach.
//!
//! A name as written is first an exact column name, dots and all; then `alias.column`; then a field of a struct column.
//! Backticks fence a part off: `` `a.b` `` is one name, `` `m t`.v `` an alias and a column.

use crate::error::{Code, Error, Result};

use super::resolved::{RelId, Relation};
use super::suggest;
use crate::types::DataType;

/// A name in parts, and whether backticks forced them.
#[derive(Debug, Clone)]
pub struct Name {
    pub parts: Vec<String>,
    pub quoted: bool,
}

impl Name {
    pub fn parse(text: &str) -> Result<Name> {
        if !text.contains('`') {
            return Ok(Name { parts: text.split('.').map(str::to_owned).collect(), quoted: false });
        }
        let mut parts = vec![];
        let mut part = String::new();
        let mut chars = text.chars().peekable();
        let mut inside = false;
        while let Some(c) = chars.next() {
            match c {
                '`' if inside && chars.peek() == Some(&'`') => {
                    chars.next();
                    part.push('`');
                }
                '`' => inside = !inside,
                '.' if !inside => parts.push(std::mem::take(&mut part)),
                c => part.push(c),
            }
        }
        parts.push(part);
        if inside {
            return Err(Error::invalid(format!("the name {text} has a backtick without its partner")));
        }
        Ok(Name { parts, quoted: true })
    }

    /// The name without backticks, as messages show it.
    pub fn text(&self) -> String {
        self.parts.join(".")
    }
}

/// Names match without regard to case.
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// A column found: its position over all inputs, the fields to take from it, and the name its result has.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub index: usize,
    pub fields: Vec<String>,
    pub name: String,
}

#[derive(Debug)]
pub enum Lookup {
    Found(Found),
    Ambiguous(Vec<String>),
    Missing,
}

/// The relations that names may refer to, left to right.
pub struct Scope<'a> {
    pub nodes: &'a [Relation],
    pub inputs: &'a [RelId],
}

impl Scope<'_> {
    /// (position, relation, column position there)
    fn columns(&self) -> impl Iterator<Item = (usize, &Relation, usize)> {
        let mut offset = 0;
        self.inputs.iter().flat_map(move |rel| {
            let relation = &self.nodes[*rel];
            let start = offset;
            offset += relation.columns.len();
            (0..relation.columns.len()).map(move |i| (start + i, relation, i))
        })
    }

    pub fn visible_names(&self) -> Vec<&str> {
        self.columns().filter(|(_, r, i)| *i < r.n_visible).map(|(_, r, i)| &*r.columns[i].name).collect()
    }

    pub fn qualifiers(&self) -> Vec<&str> {
        let mut all: Vec<&str> = vec![];
        for (_, relation, i) in self.columns() {
            if let Some(q) = &relation.columns[i].qualifier
                && !all.contains(&&**q)
            {
                all.push(q);
            }
        }
        all
    }

    fn named(&self, name: &str) -> Vec<usize> {
        self.columns().filter(|(_, r, i)| *i < r.n_visible && same_name(&r.columns[*i].name, name)).map(|(at, _, _)| at).collect()
    }

    /// Columns of an alias, those hidden by a join on names included.
    fn qualified(&self, qualifier: &str, name: &str) -> Vec<usize> {
        self.columns()
            .filter(|(_, r, i)| {
                let column = &r.columns[*i];
                column.qualifier.as_deref().is_some_and(|q| same_name(q, qualifier)) && same_name(&column.name, name)
            })
            .map(|(at, _, _)| at)
            .collect()
    }

    fn data_type(&self, at: usize) -> Option<&DataType> {
        self.columns().nth(at).map(|(_, r, i)| &r.columns[i].data_type)
    }

    fn decide(&self, at: &[usize], name: &str, fields: &[String]) -> Option<Lookup> {
        match at {
            [] => None,
            [index] => {
                if !fields.is_empty() && !self.data_type(*index).is_some_and(|t| t.is_nested() || *t == DataType::Json) {
                    return None;
                }
                let name = fields.last().map_or(name, |f| f.as_str()).to_owned();
                Some(Lookup::Found(Found { index: *index, fields: fields.to_vec(), name }))
            }
            several => Some(Lookup::Ambiguous(
                several
                    .iter()
                    .filter_map(|at| self.columns().nth(*at))
                    .map(|(_, r, i)| match &r.columns[i].qualifier {
                        Some(q) => format!("{q}.{}", r.columns[i].name),
                        None => r.columns[i].name.to_string(),
                    })
                    .collect(),
            )),
        }
    }

    pub fn find(&self, name: &Name) -> Lookup {
        let parts = &name.parts;
        if !name.quoted || parts.len() == 1 {
            let exact = name.text();
            if let Some(found) = self.decide(&self.named(&exact), &exact, &[]) {
                return found;
            }
        }
        for split in 1..parts.len() {
            let qualifier = parts[..split].join(".");
            let column = parts[split..].join(".");
            if let Some(found) = self.decide(&self.qualified(&qualifier, &column), &column, &[]) {
                return found;
            }
            if parts.len() > split + 1
                && let Some(found) = self.decide(&self.qualified(&qualifier, &parts[split]), &parts[split], &parts[split + 1..])
            {
                return found;
            }
        }
        if parts.len() > 1
            && let Some(found) = self.decide(&self.named(&parts[0]), &parts[0], &parts[1..])
        {
            return found;
        }
        Lookup::Missing
    }

    pub fn missing(&self, name: &Name) -> Error {
        let existing = self.visible_names();
        let error = suggest::unknown(Code::UnknownColumn, "column", &name.text(), "columns", &existing);
        if name.parts.len() > 1 && error.report().hint.is_none() {
            let qualifiers = self.qualifiers();
            return if qualifiers.iter().any(|q| same_name(q, &name.parts[0])) {
                match suggest::nearest(&name.parts[1..].join("."), existing) {
                    Some(near) => error.hint(format!("\"{}.{near}\" might be meant", name.parts[0])),
                    None => error,
                }
            } else {
                error.hint(format!("no frame here has the alias \"{}\"; aliases are: {}", name.parts[0], suggest::list(qualifiers)))
            };
        }
        error
    }
}

pub fn ambiguous(name: &str, candidates: &[String]) -> Error {
    Error::new(Code::AmbiguousColumn, format!("column \"{name}\" is ambiguous: it could be {}", candidates.join(" or ")))
        .hint("give the frames an alias() and write \"alias.column\", or use df.col(name), or rename before joining")
        .detail("name", name)
        .detail("candidates", candidates.to_vec())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_split_at_dots_outside_backticks() {
        assert_eq!(Name::parse("a.b").unwrap().parts, ["a", "b"]);
        assert_eq!(Name::parse("`a.b`").unwrap().parts, ["a.b"]);
        assert_eq!(Name::parse("`m t`.v").unwrap().parts, ["m t", "v"]);
        assert_eq!(Name::parse("`a``b`").unwrap().parts, ["a`b"]);
        assert_eq!(Name::parse("`a").unwrap_err().code(), Code::InvalidArgument);
    }
}
