//! Random samples that come out the same on both databases, on every node and in every year: who is in one follows from
//! the record's id and the seed alone.

use aws_lc_rs::digest::{SHA256, digest};
use rapport_entity::rule::Sample;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};

use super::compile::{Compiler, never};
use crate::kernel::{catalogue::Catalogue, database::tail_of};

/// A prime, greater than every tail of an id.
const PRIME: i64 = 2_147_483_647;

/// So many places there are: hundredths of a percent.
const PLACES: f64 = 10_000.0;

/// The longest seed, in characters.
const LONGEST_SEED: usize = 100;

/// That a record is in a part of a sample.
pub fn sampled(
    compiler: &mut Compiler<'_>,
    sample: &Sample,
    of: &Catalogue,
    table: &Alias,
    at: &str,
) -> Condition {
    if sample.seed.is_empty() || sample.seed.chars().count() > LONGEST_SEED {
        compiler.fault(format!("{at}/seed"), "must have 1 to 100 characters");
    }
    let ends = [("from", sample.from, 0.0), ("to", sample.to, 100.0)];
    let [from, to] = ends.map(|(member, end, default)| match hundredths(end.unwrap_or(default)) {
        Some(end) => end,
        None => {
            compiler.fault(format!("{at}/{member}"), "must be from 0 to 100");
            0
        }
    });
    if from > to {
        compiler.conflict(at, "ends before it begins");
        return never();
    }
    let place = place_of(&sample.seed, of, table, compiler);
    Condition::all().add(place.clone().gte(from)).add(place.lt(to))
}

/// The place of a record among 10,000: a linear function of the tail of its id, modulo a prime, whose coefficients are made
/// of the seed (Carter and Wegman, Universal classes of hash functions, 1979).
pub fn place_of(seed: &str, of: &Catalogue, table: &Alias, compiler: &Compiler<'_>) -> Expr {
    let id = Expr::col((table.clone(), Alias::new(of.id)));
    let tail = tail_of(id, compiler.scope.backend);
    let [factor, summand] = coefficients(seed);
    tail.mul(factor).add(summand).modulo(PRIME).modulo(PLACES as i64)
}

fn coefficients(seed: &str) -> [i64; 2] {
    let digest = digest(&SHA256, seed.as_bytes());
    let digest = digest.as_ref();
    let number = |bytes: &[u8]| {
        let number =
            bytes.iter().fold(0_i64, |number, byte| (number << 8 | i64::from(*byte)) % PRIME);
        1 + number % (PRIME - 1)
    };
    [number(&digest[..8]), number(&digest[8..16])]
}

fn hundredths(percent: f64) -> Option<i64> {
    let place = (percent * 100.0).round();
    (0.0..=PLACES).contains(&place).then_some(place as i64)
}
