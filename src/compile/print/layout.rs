//! Layout of pretty SQL: what fits on a line stays on it, what does not gets a line per part.

use super::Printer;

/// Columns of text that a line may take.
const WIDTH: usize = 80;

impl Printer<'_> {
    /// A new line in pretty mode, a space otherwise.
    pub(super) fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            for _ in 0..self.indent {
                self.out.push_str("  ");
            }
        } else if !self.out.is_empty() && !self.out.ends_with(['(', ' ']) {
            self.out.push(' ');
        }
    }

    /// The line break after an opening and before a closing parenthesis.
    pub(super) fn open(&mut self) {
        if self.pretty {
            self.line();
        }
    }

    pub(super) fn commas<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.word(", ");
            }
            print(self, item);
        }
    }

    /// Are parts being put on lines of their own?
    pub(super) fn broken(&self) -> bool {
        self.pretty && !self.flat
    }

    /// Prints on one line if that fits, else as `broken` prints it. What is tried is not tried again within, so that the work stays linear.
    pub(super) fn fit(&mut self, print: impl Fn(&mut Self), broken: impl FnOnce(&mut Self)) {
        if !self.broken() {
            print(self);
            return;
        }
        let (start, bare) = (self.out.len(), self.bare);
        self.flat = true;
        print(self);
        self.flat = false;
        let line_start = self.out.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let line = self.out.get(line_start..).unwrap_or_default();
        if line.contains('\n') || line.chars().count() > WIDTH {
            self.out.truncate(start);
            self.bare = bare;
            broken(self);
        }
    }

    /// Items with commas: on this line, or each on a line of its own below.
    pub(super) fn list<T>(&mut self, items: &[T], print: impl Fn(&mut Self, &T)) {
        if let [only] = items {
            return print(self, only);
        }
        self.fit(
            |p| p.commas(items, &print),
            |p| {
                p.indent += 1;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        p.word(",");
                    }
                    p.break_line();
                    print(p, item);
                }
                p.indent -= 1;
            },
        );
    }

    /// Operands with a word between them: on this line, or each further one on a line of its own that begins with the word.
    pub(super) fn chain<T>(&mut self, word: &str, operands: &[T], print: impl Fn(&mut Self, &T)) {
        let join = |p: &mut Self, space: fn(&mut Self)| {
            for (i, operand) in operands.iter().enumerate() {
                if i > 0 {
                    space(p);
                    p.word(word);
                    p.word(" ");
                }
                print(p, operand);
            }
        };
        if operands.len() == 1 {
            return join(self, Self::break_line);
        }
        self.fit(
            |p| join(p, |p| p.word(" ")),
            |p| {
                p.indent += 1;
                join(p, Self::break_line);
                p.indent -= 1;
            },
        );
    }

    /// A new line, without a space before it.
    pub(super) fn break_line(&mut self) {
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.line();
    }
}
