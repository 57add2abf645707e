//! The little language of formulas: read once into a tree, reckoned for each customer. What has no value, or none that
//! is a number (a division by zero, the logarithm of zero), makes the whole have none, but for `coalesce`.

use std::{collections::BTreeSet, str::FromStr};

/// How deep parentheses, functions and signs may nest.
const DEPTH: usize = 50;

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// A number.
    Number(f64),
    /// A number of the customer.
    Input(Input),
    /// Minus.
    Negated(Box<Formula>),
    /// Two, and what is made of them.
    Pair(Operator, Box<Formula>, Box<Formula>),
    /// A function of some.
    Call(Function, Vec<Formula>),
}

/// A number that a customer has, or has not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A field of the customer, one that the workspace has defined among them.
    Field(String),
    /// Something of the orders.
    Orders(OfOrders),
    /// The value of another score, by its key.
    Score(String),
}

/// Something of the orders that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfOrders {
    /// How many there are.
    Count,
    /// What they come to, in units of the currency.
    Sum,
    /// What they come to on the average; of none there is none.
    Average,
    /// The days since the last; of none there are none.
    LastDays,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Abs,
    Ceil,
    Coalesce,
    Exp,
    Floor,
    Log,
    Log10,
    Max,
    Min,
    Round,
    Sqrt,
}

/// What is wrong with a formula, and at which character, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {why}")]
pub struct Wrong {
    at: usize,
    why: String,
}

impl FromStr for Formula {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let formula = reader.sum()?;
        match reader.peek() {
            None => Ok(formula),
            Some(letter) => Err(reader.wrong(format!("{letter:?} is not expected here"))),
        }
    }
}

impl Formula {
    /// The numbers that it is made of.
    pub fn inputs(&self) -> BTreeSet<&Input> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Input(input) => BTreeSet::from([input]),
            Self::Negated(of) => of.inputs(),
            Self::Pair(_, left, right) => left.inputs().into_iter().chain(right.inputs()).collect(),
            Self::Call(_, of) => of.iter().flat_map(Self::inputs).collect(),
        }
    }

    /// What it comes to, where the customer has these numbers.
    pub fn value(&self, of: &impl Fn(&Input) -> Option<f64>) -> Option<f64> {
        let value = match self {
            Self::Number(number) => Some(*number),
            Self::Input(input) => of(input),
            Self::Negated(formula) => formula.value(of).map(|value| -value),
            Self::Pair(operator, left, right) => {
                Some(operator.apply(left.value(of)?, right.value(of)?))
            }
            Self::Call(Function::Coalesce, of_these) => {
                of_these.iter().find_map(|formula| formula.value(of))
            }
            Self::Call(function, of_these) => {
                let values: Option<Vec<f64>> =
                    of_these.iter().map(|formula| formula.value(of)).collect();
                function.apply(&values?)
            }
        };
        // Zero has no sign here, so that it is written and compared in one way.
        value.filter(|value| value.is_finite()).map(|value| value + 0.0)
    }
}

impl Operator {
    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Power => left.powf(right),
        }
    }
}

impl Function {
    const NAMES: [(&str, Self); 11] = [
        ("abs", Self::Abs),
        ("ceil", Self::Ceil),
        ("coalesce", Self::Coalesce),
        ("exp", Self::Exp),
        ("floor", Self::Floor),
        ("log", Self::Log),
        ("log10", Self::Log10),
        ("max", Self::Max),
        ("min", Self::Min),
        ("round", Self::Round),
        ("sqrt", Self::Sqrt),
    ];

    fn takes_many(self) -> bool {
        matches!(self, Self::Coalesce | Self::Max | Self::Min)
    }

    fn apply(self, of: &[f64]) -> Option<f64> {
        let first = *of.first()?;
        Some(match self {
            Self::Abs => first.abs(),
            Self::Ceil => first.ceil(),
            Self::Exp => first.exp(),
            Self::Floor => first.floor(),
            Self::Log => first.ln(),
            Self::Log10 => first.log10(),
            Self::Max => of.iter().copied().fold(first, f64::max),
            Self::Min => of.iter().copied().fold(first, f64::min),
            Self::Round => first.round(),
            Self::Sqrt => first.sqrt(),
            Self::Coalesce => first,
        })
    }
}

impl Input {
    fn named(name: &str) -> Option<Self> {
        Some(match name.split_once('.') {
            None => Self::Field(name.to_owned()),
            Some(("orders", "count")) => Self::Orders(OfOrders::Count),
            Some(("orders", "sum")) => Self::Orders(OfOrders::Sum),
            Some(("orders", "average")) => Self::Orders(OfOrders::Average),
            Some(("orders", "lastDays")) => Self::Orders(OfOrders::LastDays),
            Some(("custom", key)) if !key.contains('.') => Self::Field(name.to_owned()),
            Some(("scores", key)) if !key.contains('.') => Self::Score(key.to_owned()),
            Some(_) => return None,
        })
    }
}

/// A text on its way to a tree: `-2 ^ 2` is -4, `2 ^ 3 ^ 2` is 512, `8 / 4 / 2` is 1.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn sum(&mut self) -> Result<Formula, Wrong> {
        self.chain(Self::product, &[('+', Operator::Add), ('-', Operator::Subtract)])
    }

    fn product(&mut self) -> Result<Formula, Wrong> {
        self.chain(Self::signed, &[('*', Operator::Multiply), ('/', Operator::Divide)])
    }

    fn chain(
        &mut self,
        part: fn(&mut Self) -> Result<Formula, Wrong>,
        operators: &[(char, Operator)],
    ) -> Result<Formula, Wrong> {
        let mut left = part(self)?;
        while let Some((sign, operator)) =
            operators.iter().find(|(sign, _)| self.peek() == Some(*sign))
        {
            self.take(*sign);
            left = Formula::Pair(*operator, Box::new(left), Box::new(part(self)?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Formula, Wrong> {
        self.deeper(|reader| match reader.take('-') {
            true => Ok(Formula::Negated(Box::new(reader.signed()?))),
            false => reader.power(),
        })
    }

    fn power(&mut self) -> Result<Formula, Wrong> {
        let base = self.part()?;
        match self.take('^') {
            true => {
                let power = self.signed()?;
                Ok(Formula::Pair(Operator::Power, Box::new(base), Box::new(power)))
            }
            false => Ok(base),
        }
    }

    fn part(&mut self) -> Result<Formula, Wrong> {
        match self.peek() {
            Some('(') => {
                self.take('(');
                let inner = self.sum()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(digit) if digit.is_ascii_digit() => self.number(),
            Some(letter) if letter.is_ascii_alphabetic() => self.named(),
            Some(letter) => Err(self.wrong(format!("{letter:?} is not expected here"))),
            None => Err(self.wrong("something is missing at the end")),
        }
    }

    fn number(&mut self) -> Result<Formula, Wrong> {
        let from = self.at;
        self.digits();
        if self.rest().starts_with('.') {
            self.at += 1;
            self.digits();
        }
        let text = &self.text[from..self.at];
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && !text.ends_with('.') => Ok(Formula::Number(number)),
            _ => Err(Wrong { at: from + 1, why: format!("{text:?} is no number") }),
        }
    }

    fn digits(&mut self) {
        self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
    }

    fn named(&mut self) -> Result<Formula, Wrong> {
        let from = self.at;
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        self.at += self.rest().bytes().take_while(is_part).count();
        let name = &self.text[from..self.at];
        let wrong = |why: String| Wrong { at: from + 1, why };
        if self.take('(') {
            let known = Function::NAMES.iter().find(|(known, _)| *known == name);
            let Some((_, function)) = known else {
                return Err(wrong(format!("there is no function {name:?}")));
            };
            return self.arguments(*function, name, from);
        }
        let input = Input::named(name).map(Formula::Input);
        input.ok_or_else(|| wrong(format!("there is no number {name:?}")))
    }

    fn arguments(&mut self, of: Function, name: &str, from: usize) -> Result<Formula, Wrong> {
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        self.expect(')')?;
        match arguments.len() {
            2.. if !of.takes_many() => {
                Err(Wrong { at: from + 1, why: format!("{name} takes one number") })
            }
            _ => Ok(Formula::Call(of, arguments)),
        }
    }

    fn deeper(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Formula, Wrong>,
    ) -> Result<Formula, Wrong> {
        if self.depth == DEPTH {
            return Err(self.wrong(format!("it nests deeper than {DEPTH} levels")));
        }
        self.depth += 1;
        let formula = read(self)?;
        self.depth -= 1;
        Ok(formula)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The next character that is no blank.
    fn peek(&mut self) -> Option<char> {
        let blanks = self.rest().len() - self.rest().trim_start().len();
        self.at += blanks;
        self.rest().chars().next()
    }

    fn take(&mut self, letter: char) -> bool {
        let is_next = self.peek() == Some(letter);
        if is_next {
            self.at += letter.len_utf8();
        }
        is_next
    }

    fn expect(&mut self, letter: char) -> Result<(), Wrong> {
        if self.take(letter) { Ok(()) } else { Err(self.wrong(format!("{letter:?} is missing"))) }
    }

    fn wrong(&self, why: impl ToString) -> Wrong {
        Wrong { at: self.text[..self.at].chars().count() + 1, why: why.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> Option<f64> {
        let of = |input: &Input| match input {
            Input::Field(name) if name == "employees" => Some(10.0),
            Input::Orders(OfOrders::Count) => Some(4.0),
            Input::Orders(OfOrders::Sum) => Some(100.0),
            Input::Score(key) if key == "rfm" => Some(555.0),
            _ => None,
        };
        text.parse::<Formula>().expect(text).value(&of)
    }

    #[test]
    fn a_formula_is_reckoned_as_people_do() {
        for (text, expected) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("8 / 4 / 2", 1.0),
            ("10 - 4 - 3", 3.0),
            ("2 ^ 3 ^ 2", 512.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ -1", 0.5),
            ("--1", 1.0),
            ("min(3, 1, 2) + max(3, 1, 2)", 4.0),
            ("0.5 * orders.count + 2 * log(orders.sum)", 2.0 + 2.0 * 100.0_f64.ln()),
            ("log10(orders.sum) + sqrt(orders.count) + abs(-1)", 5.0),
            ("round(2.5) + floor(-0.5) + ceil(0.2)", 3.0),
            ("coalesce(annualRevenue, employees) + scores.rfm\n/ 5", 121.0),
            ("coalesce(1 / 0, log(0), 7)", 7.0),
            ("0 * -1", 0.0),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        assert!(value("0 * -1").is_some_and(f64::is_sign_positive));
    }

    #[test]
    fn what_has_no_value_makes_the_whole_have_none() {
        for text in [
            "annualRevenue + 1",
            "0 * orders.average",
            "1 / 0",
            "0 / 0",
            "log(0)",
            "log(-1)",
            "sqrt(-1)",
            "10 ^ 400",
            "max(1, annualRevenue)",
            "coalesce(annualRevenue, 1 / 0)",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, why) in [
            ("", "at character 1: something is missing at the end"),
            ("1 +", "at character 4: something is missing at the end"),
            ("1 2", "at character 3: '2' is not expected here"),
            ("(1", "at character 3: ')' is missing"),
            ("1.", "at character 1: \"1.\" is no number"),
            ("2 * sin(1)", "at character 5: there is no function \"sin\""),
            ("log(1, 2)", "at character 1: log takes one number"),
            ("orders.weight", "at character 1: there is no number \"orders.weight\""),
            ("log()", "at character 5: ')' is not expected here"),
            ("1 ; 2", "at character 3: ';' is not expected here"),
        ] {
            assert_eq!(text.parse::<Formula>().unwrap_err().to_string(), why, "{text}");
        }
        let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
        assert!(deep.parse::<Formula>().unwrap_err().why.contains("deeper"));
        assert!("-".repeat(1000).parse::<Formula>().is_err());
        assert!("1+".repeat(499).parse::<Formula>().is_err());
        assert_eq!(value(&format!("{}1", "1+".repeat(499))), Some(500.0));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~\\n]{0,200}") {
            let _ = text.parse::<Formula>().map(|formula| formula.value(&|_| Some(0.0)));
        }

        #[test]
        fn no_formula_like_text_makes_it_panic(
            parts in prop::collection::vec(prop::sample::select(vec![
                "1", "0", "9e9", ".5", "+", "-", "*", "/", "^", "(", ")", ",", "log(", "max(", "coalesce(",
                "orders.sum", "employees", "scores.a", " ",
            ]), 0..60),
        ) {
            let formula = parts.concat().parse::<Formula>();
            if let Ok(formula) = formula {
                let value = formula.value(&|_| None).or(formula.value(&|_| Some(-1.5)));
                prop_assert!(value.is_none_or(f64::is_finite));
            }
        }
    }
}
