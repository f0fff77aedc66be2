//! Claims on the page: in words, with threshold, verdict and the number that decides.

use maud::{Markup, html};

use super::Judged;
use crate::claims::{Claim, Lags, Per, Verdict};
use crate::counted::Counted;

/// `4 of 5 claims hold`; nothing where there are none.
pub(super) fn count(judged: &[Judged]) -> String {
    let hold = judged.iter().filter(|judged| judged.verdict.holds).count();
    match judged.len() {
        0 => String::new(),
        1 => format!("{hold} of 1 claim holds"),
        all => format!("{hold} of {all} claims hold"),
    }
}

pub(super) fn list(judged: &[&Judged]) -> Markup {
    html! { ul.claims { @for one in judged { (item(one)) } } }
}

fn item(Judged { claim, verdict }: &Judged) -> Markup {
    let numbers = match (verdict.holds, verdict.checked) {
        (_, 0) => String::new(),
        (true, 1) => " (1 number)".to_owned(),
        (true, checked) => format!(" (all of {checked} numbers)"),
        (false, checked) => format!(" ({} of {checked} numbers miss it)", verdict.missed),
    };
    html! {
        li {
            @if verdict.holds { strong.holds { "holds" } } @else { strong.fails { "fails" } }
            " " (verdict.text)
            div.small {
                code { (verdict.id) } ": " (about(claim, verdict)) " is " b { (threshold(claim)) } "; nearest: "
                b { (verdict.tightest) } (numbers)
            }
        }
    }
}

/// Of what the claim speaks; of lags only where its metric has some.
fn about(claim: &Claim, verdict: &Verdict) -> String {
    let lags = match claim.lags {
        Lags::All => "",
        Lags::InsideReach => " inside the reach",
        Lags::BeyondReach => " beyond the reach",
    };
    let (one, all) = match verdict.counted {
        Counted::Nothing => ("", ""),
        Counted::Lags => ("lag", "lags"),
        Counted::Answers => ("answer", "answers"),
    };
    let (each_lag, all_lags) = match claim.per {
        _ if one.is_empty() => (None, String::new()),
        Per::Lag => (Some(format!("each {one}{lags}")), String::new()),
        Per::Series => (None, format!("over all {all}{lags}")),
    };
    let each = verdict.each.iter().map(|name| format!("each {name}")).chain(each_lag);
    let each = each.collect::<Vec<_>>().join(" and ");
    let each = if each.is_empty() { each } else { format!("at {each}") };
    let of = if claim.layers.len() > 1 { "of each of" } else { "of" };
    let sizes =
        [("n", claim.n), ("K", claim.k)].into_iter().filter_map(|(name, size)| Some(format!("{name} = {}", size?)));
    let places: Vec<_> = [claim.layers.join("; ")].into_iter().chain(sizes).collect();
    let split = if claim.split.is_empty() { String::new() } else { format!(" ({})", claim.split) };
    let what = format!("mean {}{split}", claim.metric.replace('_', " "));
    let parts = [what, each, all_lags, of.to_owned(), places.join(", ")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What it has to be.
fn threshold(claim: &Claim) -> String {
    let words = [
        claim.at_least.map(|t| format!("at least {t}")),
        claim.at_most.map(|t| format!("at most {t}")),
        claim.equals.map(|t| match claim.tolerance {
            Some(tolerance) => format!("{t} ± {tolerance}"),
            None => format!("exactly {t}"),
        }),
        claim.within_of_floor.map(|t| format!("within {t} of the floor")),
        claim.above_floor_at_most.map(|t| format!("at most {t} above the floor")),
        claim.within_of_expected.map(|t| format!("within {t} of the closed form")),
    ];
    let words: Vec<_> = words.into_iter().flatten().collect();
    let reach = claim.reach.as_ref().map(|reach| format!(", and the declared reach is {reach}")).unwrap_or_default();
    words.join(", ") + &reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::Row;

    #[test]
    fn a_claim_in_words() {
        let head = "id = \"c\"\ntext = \"words\"\ntask = \"t\"\nlayers = [\"a\", \"b, c\"]\n";
        let claim = |text: &str| -> Claim { toml::from_str(&format!("{head}{text}")).unwrap() };
        let asks = |claim: &Claim, lag: Option<u64>| {
            let (task, layer, label) = ("t".into(), "conv".into(), "a".into());
            let (metric, split) = (claim.metric.clone(), claim.split.clone());
            let row = Row { task, layer, label, metric, split, lag, value: Some(1.0), ..Row::default() };
            let row = Row { reach: "0".into(), n: Some(64), ..row };
            about(claim, &claim.judge(&[1, 2].map(|depth| Row { depth: Some(depth), ..row.clone() })))
        };
        let one = claim("at_most = 0.4\nlags = \"beyond-reach\"\nn = 64");
        let words = "mean accuracy (test) at each depth and each lag beyond the reach of each of a; b, c, n = 64";
        assert_eq!(asks(&one, Some(3)), words);
        assert_eq!(threshold(&one), "at most 0.4");
        let one = claim(
            "metric = \"lags_declared\"\nsplit = \"untrained\"\nequals = 4\nreach = \"0,1,3,4\"\nper = \"series\"",
        );
        assert_eq!(
            asks(&one, Some(3)),
            "mean lags declared (untrained) at each depth over all lags of each of a; b, c"
        );
        assert_eq!(asks(&one, None), "mean lags declared (untrained) at each depth of each of a; b, c");
        let alone = Claim { layers: vec!["a".into()], split: String::new(), ..one.clone() };
        assert_eq!(about(&alone, &alone.judge(&[])), "mean lags declared of a");
        assert_eq!(threshold(&one), "exactly 4, and the declared reach is 0,1,3,4");
    }
}
