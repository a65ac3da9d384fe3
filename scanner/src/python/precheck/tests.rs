use proptest::prelude::*;

use super::*;

fn kind(text: &str) -> Option<TooDeep> {
    check(text).err().map(|(kind, _)| kind)
}

#[test]
fn what_the_interpreter_refuses_is_refused() {
    assert_eq!(kind(&"(".repeat(201)), Some(TooDeep::Brackets));
    assert_eq!(kind(&"([".repeat(500_000)), Some(TooDeep::Brackets));
    assert_eq!(kind(&("-".repeat(1_000_000) + "1")), Some(TooDeep::Operators));
    assert_eq!(kind(&("1".to_owned() + &"+1".repeat(500_000))), Some(TooDeep::Operators));
    assert_eq!(kind(&("lambda: ".repeat(5000) + "1")), Some(TooDeep::Operators));
    assert_eq!(kind(&("a".to_owned() + &"()".repeat(5000))), Some(TooDeep::Operators));
    assert_eq!(kind(&("a if b else ".repeat(5000) + "c")), Some(TooDeep::Operators));
    assert_eq!(kind(&"f'{".repeat(5000)), Some(TooDeep::Brackets));
    assert_eq!(kind(&"f'{x:{".repeat(5000)), Some(TooDeep::Brackets));
    let blocks: String = (0..102).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    assert_eq!(kind(&blocks), Some(TooDeep::Indents));
}

#[test]
fn deep_levels_add_up() {
    let level = format!("({}", "1+".repeat(100));
    assert_eq!(kind(&level.repeat(150)), Some(TooDeep::Operators));
}

#[test]
fn what_was_closed_counts_for_what_goes_on() {
    let level = |inner: String| format!("({inner}{})", "+1".repeat(90));
    assert_eq!(kind(&(0..20).fold("1".to_owned(), |inner, _| level(inner))), None);
    assert_eq!(kind(&(0..150).fold("1".to_owned(), |inner, _| level(inner))), Some(TooDeep::Operators));
    let call = |inner: String| format!("f(1, {inner}{}, 2)", ".a".repeat(90));
    assert_eq!(kind(&(0..150).fold("1".to_owned(), |inner, _| call(inner))), Some(TooDeep::Operators));
}

#[test]
fn operands_side_by_side_do_not_add_up() {
    let term = "-2*s1**8*s3*s4 - f(s1)**7*s4.real**2 + 1.5e-3*s1**6//s2<<3 ";
    assert_eq!(kind(&format!("x = ({}0)\n", format!("{term}+ ").repeat(200))), None);
    assert_eq!(kind(&format!("x = {}0\n", format!("{term}== ").repeat(5000))), None);
    assert_eq!(kind(&format!("x = {}0\n", "a + b - c < 3 and d.e is f or ".repeat(5000))), None);
    assert_eq!(kind(&format!("x = {}0\n", "a*b + ".repeat(3900))), None);
    assert_eq!(kind(&format!("x = {}0\n", "a*b + ".repeat(4100))), Some(TooDeep::Operators));
}

#[test]
fn fields_of_one_text_do_not_add_up() {
    assert_eq!(kind(&format!("x = f'{}'\n", "{a.b} ".repeat(5000))), None);
}

#[test]
fn no_sign_ends_a_chain_that_goes_on() {
    for unit in [
        "2**-",
        "2**1e-5**",
        "2**1.e-5**",
        "2**.5e+5**",
        "2**1_0e-5**",
        "-2**+",
        "~a.b**",
        "a**-f(1)**",
        "not -",
        "await -",
        "0if 0else ",
        "0 if-0 else-",
        "lambda:-",
        "lambda x=-1: ",
        "lambda a, b: ",
        "lambda a=lambda: 1, b=2: ",
        "yield a, ",
    ] {
        assert_eq!(kind(&format!("x = {}1\n", unit.repeat(4100))), Some(TooDeep::Operators), "{unit}");
    }
}

#[test]
fn long_but_shallow_source_passes() {
    assert_eq!(kind(&"f(x, [1, 2], {'a': -1})\n".repeat(10_000)), None);
    assert_eq!(kind(&format!("x = [{}]", "-1, ".repeat(100_000))), None);
    assert_eq!(kind(&format!("x = ({})", "'a' ".repeat(100_000))), None);
    assert_eq!(kind(&format!("x = '{}'", "(".repeat(1000))), None);
    assert_eq!(kind(&format!("'''{}'''", "(\n".repeat(1000))), None);
    assert_eq!(kind(&format!("# {}\n", "(".repeat(1000))), None);
    assert_eq!(kind(&"f'{x!r:>{w}} {{ \\N{DASH} {d[\"k\"]}' + rf'\\{x}'\n".repeat(1000)), None);
    assert_eq!(kind(&"if x:\n  if y:\n    z()\n\n# c\n".repeat(1000)), None);
}

/// What is passed over changes no answer: pieces that nest, in any order, beside the look at everything.
#[test]
fn passing_over_changes_nothing() {
    let pieces = [
        "(", ")", "[", "]", "{", "}", "'", "\"", "'''", "\"\"\"", "f'", "rb'", "t\"", "#", "\\", "\n", "\r\n", "    ",
        " ", "if ", "lambda: ", "x", "1e-5", ".", "-", "**", ",", ";", ":", "=", "\u{e9}", "not ",
    ];
    let many = prop_oneof![8 => 1usize..5, 1 => 30usize..70, 1 => 1900usize..2100];
    let text = proptest::collection::vec((proptest::sample::select(pieces.to_vec()), many), 0..40);
    proptest!(ProptestConfig::with_cases(3000), |(parts in text)| {
        let text: String = parts.iter().map(|(piece, many)| piece.repeat(*many)).collect();
        prop_assert_eq!(check(&text), thorough(&text), "{}", text);
    });
}

#[test]
fn what_is_passed_over_is_bounded() {
    let bound = OPERATORS as usize / 2;
    for unit in ["-", "not ", "a.b ", "-not ", "f'{(1)}'."] {
        for count in [bound / unit.len() - 2, bound / unit.len() + 2, 1999, 4100] {
            let text = format!("{}x\n", unit.repeat(count));
            assert_eq!(check(&text), thorough(&text), "{unit} {count} times");
        }
    }
}

fn thorough(text: &str) -> Result<(), (TooDeep, usize)> {
    Lexer { passes_over: false, ..Lexer::of(text) }.whole()
}

#[test]
fn what_was_looked_at_in_vain_leaves_nothing_behind() {
    let text = format!("-x(''f''{}", "-1".repeat(2001) + &"if ".repeat(2000));
    assert_eq!(check(&text), thorough(&text));
    let text = format!("-=(''t''(''{}", "if ".repeat(2043));
    assert_eq!(check(&text), thorough(&text));
}
