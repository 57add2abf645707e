//! What is asked of a query's text before the parser, which recurses with it, sees it.

use async_graphql::{Pos, ServerError};

use super::answer::{Code, refuse};

/// The longest text of a query, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// The most tokens of a query. (Apollo's router allows 15,000.)
pub const TOKENS: usize = 10_000;
/// How deep brackets of every kind may be nested.
pub const NESTING: usize = 64;

/// Lets through what the parser can read in bounded time and on a bounded stack.
///
/// # Errors
/// Where the text is too long, has too many tokens, is nested too deep, or ends within a string.
pub fn check(text: &str) -> Result<(), ServerError> {
    if text.len() > LONGEST {
        return Err(refuse(
            Code::TooLarge,
            format!("the query may have at most {LONGEST} bytes"),
            None,
        ));
    }
    let mut lexer = Lexer { text: text.as_bytes(), at: 0 };
    let mut tokens = 0;
    let mut nesting = 0_usize;
    while let Some(first) = lexer.next_token().map_err(|at| unfinished(text, at))? {
        tokens += 1;
        match first {
            b'{' | b'[' | b'(' => nesting += 1,
            b'}' | b']' | b')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if tokens > TOKENS {
            return Err(too_complex(format!("the query may have at most {TOKENS} tokens")));
        }
        if nesting > NESTING {
            return Err(too_complex(format!("brackets may be nested at most {NESTING} deep")));
        }
    }
    Ok(())
}

fn too_complex(message: String) -> ServerError {
    refuse(Code::TooComplex, message, None)
}

fn unfinished(text: &str, at: usize) -> ServerError {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
    refuse(Code::Syntax, "a string does not end", Some(Pos { line, column }))
}

/// Tells tokens apart as the specification does, as far as is needed to count them.
struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    /// The first byte of the next token, which is then behind. The error is where a string begins that does not end.
    fn next_token(&mut self) -> Result<Option<u8>, usize> {
        self.skip_ignored();
        let Some(first) = self.peek() else { return Ok(None) };
        let start = self.at;
        match first {
            b'"' if self.text[self.at..].starts_with(b"\"\"\"") => self.block_string(start)?,
            b'"' => self.string(start)?,
            _ if is_word(first) => self.skip_while(is_word),
            _ => self.at += 1,
        }
        Ok(Some(first))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    /// White space, commas, byte order marks and comments.
    fn skip_ignored(&mut self) {
        loop {
            self.skip_while(|byte| b" \t\r\n,\xef\xbb\xbf".contains(&byte));
            if self.peek() != Some(b'#') {
                return;
            }
            self.skip_while(|byte| byte != b'\n' && byte != b'\r');
        }
    }

    fn string(&mut self, start: usize) -> Result<(), usize> {
        self.at += 1;
        loop {
            match self.peek() {
                None | Some(b'\n' | b'\r') => return Err(start),
                Some(b'\\') => self.at += 2,
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn block_string(&mut self, start: usize) -> Result<(), usize> {
        self.at += 3;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Err(start);
            } else if rest.starts_with(b"\\\"\"\"") {
                self.at += 4;
            } else if rest.starts_with(b"\"\"\"") {
                self.at += 3;
                return Ok(());
            } else {
                self.at += 1;
            }
        }
    }
}

/// A byte of a name or a number.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        check(text).map_or_else(|err| err.message, |()| "fine".to_owned())
    }

    #[test]
    fn ordinary_queries_are_let_through() {
        for text in [
            "",
            "{ a }",
            "query Q($a: [Int!]! = [1, -2.5e+3]) @x { a(b: {c: \"}}}\\\"\"}) ... on T { d } }",
            "# {{{{{ ' \"\n{ a(b: \"\"\"{{{ \\\"\"\" \"quoted\" \n \"\"\") }",
        ] {
            assert_eq!(message(text), "fine", "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded_whatever_the_bracket() {
        for open in ["{a", "[", "(a:", "{a(b:["] {
            let levels = |n: usize| open.repeat(n);
            assert_eq!(message(&levels(NESTING / 3)), "fine");
            assert!(message(&levels(NESTING + 1)).contains("nested"), "{open}");
            assert!(message(&levels(10_000)).contains("nested"), "{open}");
        }
    }

    #[test]
    fn brackets_within_strings_and_comments_do_not_count_and_those_after_do() {
        let deep = "[".repeat(200);
        assert_eq!(message(&format!("{{ a(b: \"{deep}\") }}")), "fine");
        assert_eq!(message(&format!("{{ a #{deep}\n }}")), "fine");
        assert!(message(&format!("{{ a(b: \"\" c: {deep}")).contains("nested"));
        assert!(message(&format!("{{ a # x\r{deep}")).contains("nested"));
        assert!(message(&format!("{{ a(b: \"\\\\\" c: {deep}")).contains("nested"));
    }

    #[test]
    fn a_string_must_end() {
        for text in ["\"", "\"a\nb\"", "\"\"\"a\"\"", "\"\\\"", "\"\"\" \" [[[ \"\n"] {
            assert_eq!(message(text), "a string does not end", "{text}");
        }
        let err = check("{\n  a(b: \"x)\n}").unwrap_err();
        assert_eq!(err.locations, [Pos { line: 2, column: 8 }]);
    }

    #[test]
    fn length_and_tokens_are_bounded() {
        assert_eq!(message(&"a ".repeat(TOKENS)), "fine");
        assert!(message(&"a ".repeat(TOKENS + 1)).contains("tokens"));
        assert!(message(&" ".repeat(LONGEST + 1)).contains("bytes"));
    }
}
