//! The readers of texts: what is refused is what the rules refuse, and nothing panics or hangs.
//!
//! `BELLWETHER_TRIGGER_CASES` sets the number of cases here too. A run of hours:
//! `BELLWETHER_TRIGGER_CASES=50000000 cargo test --release -p bellwether-domain --test it parsers`.

use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, Dialect, Fold, Gap, JobContext, TriggerError,
    TriggerKind, TriggerSpec, explain,
};
use bellwether_domain::{JobUid, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;

use crate::generate::{self, Density};
use crate::{oracle, wire};

fn config() -> Config {
    let cases = std::env::var("BELLWETHER_TRIGGER_CASES");
    let cases = cases.map_or(4000, |cases| cases.parse().expect("a number of cases"));
    let max_local_rejects = u32::MAX;
    Config { cases, max_local_rejects, failure_persistence: None, ..Config::default() }
}

fn cron(form: CronForm, dialect: Dialect) -> CronSpec {
    CronSpec { form, timezone: String::new(), dialect, gap: Gap::Next, fold: Fold::First }
}

fn context() -> JobContext {
    JobContext { uid: JobUid(uuid::Uuid::from_u128(77)), created: Timestamp::UNIX_EPOCH }
}

/// What every error owes to whoever reads it.
fn check_error(error: &TriggerError) -> Result<(), TestCaseError> {
    prop_assert!(!error.field.is_empty(), "{error}");
    prop_assert!(!error.message.is_empty(), "{error}");
    prop_assert!(error.to_string().chars().count() < 1000, "{error}");
    Ok(())
}

/// Compares what engine and oracle make of a cron trigger: whether it is right, and then when it
/// fires.
fn compare(spec: CronSpec) -> Result<(), TestCaseError> {
    let context = context();
    let theirs = oracle::read(&spec, context.uid);
    let spec = TriggerSpec::from(TriggerKind::Cron(spec));
    let ours = spec.compile(&context);
    prop_assert_eq!(
        ours.is_ok(),
        theirs.is_some(),
        "accepted by one only: {:?}",
        ours.err().map(|error| error.to_string())
    );
    if let (Ok(trigger), Some(theirs)) = (&ours, theirs) {
        let (from, until) = (wire::at("2027-12-30T00:00:00Z"), wire::at("2028-03-02T00:00:00Z"));
        let mut at = Timestamp::from_millis(from.as_millis() - 1);
        let mut days = 0;
        for expected in theirs.fire_times(from, until).into_iter().take(60) {
            prop_assert_eq!(trigger.next_after(at), Some(expected));
            at = expected;
            days += 1;
        }
        if days < 60 {
            let next = trigger.next_after(at).filter(|next| *next <= until);
            prop_assert_eq!(next, None);
        }
    }
    match &ours {
        Ok(_) => Ok(()),
        Err(error) => check_error(error),
    }
}

/// Words that mean something somewhere, and some that mean nothing.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "*", "?", "L", "W", "LW", "#", "/", "-", ",", "0", "1", "5", "7", "12", "15", "24", "31",
        "32", "59", "60", "007", "MON", "fri", "Sunday", "JAN", "december", "SEPT", "H", "h(", "(",
        ")", "H(1-5)", "2L", "FRIL", "FRI#2", "L-3", "15W", "last", "1st", "2nd", " ", "\t",
        "@daily", "@", "1970", "2099", "2100", "+", "x", ".", "½", "٣", "",
    ];
    prop::collection::vec(select(words), 0..9).prop_map(|words| words.concat())
}

/// A field that is right, with one letter changed, or a soup.
fn spoiled() -> impl Strategy<Value = String> {
    let letters: Vec<char> = "0123456789*?LWH#/-,() \tMONFRIJANlastdh@x".chars().collect();
    (valid_expression(), any::<prop::sample::Index>(), select(letters), 0..3).prop_map(
        |(text, at, letter, how)| {
            let mut letters: Vec<char> = text.chars().collect();
            let at = at.index(letters.len());
            match how {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                _ => drop(letters.remove(at)),
            }
            letters.into_iter().collect()
        },
    )
}

fn valid_expression() -> impl Strategy<Value = String> {
    generate::cron(Density::Any).prop_filter_map("an expression", |kind| match kind {
        TriggerKind::Cron(CronSpec { form: CronForm::Expression(text), .. }) => Some(text),
        _ => None,
    })
}

fn field() -> impl Strategy<Value = Option<String>> {
    let blank = |text: String| text.replace('_', " ");
    let text = prop_oneof![
        3 => soup(),
        2 => "[0-9*,/-]{1,6}",
        1 => "(last|1st|2nd|3rd|4th|5th)_{1,2}(mon|Tue|friday|x)".prop_map(blank),
        2 => "(mon|jan|[0-9]{1,2})(-(fri|dec|[0-9]{1,2}))?(/[0-9]{1,2})?",
    ];
    prop_oneof![3 => Just(None), 1 => text.prop_map(Some)]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    select(vec![Dialect::Unix, Dialect::Quartz])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn soups_of_words_are_judged_alike(
        words in prop::collection::vec(soup(), 4..8), dialect in dialect(),
    ) {
        compare(cron(CronForm::Expression(words.join(" ")), dialect))?;
    }

    #[test]
    fn one_field_of_soup_is_judged_alike(
        word in soup(), at in 0..7_usize, dialect in dialect(),
    ) {
        let mut words = ["0", "0", "0", "*", "*", "?", "*"].map(str::to_owned);
        words[at] = word;
        compare(cron(CronForm::Expression(words.join(" ")), dialect))?;
    }

    #[test]
    fn expressions_with_one_letter_changed_are_judged_alike(
        text in spoiled(), dialect in dialect(),
    ) {
        compare(cron(CronForm::Expression(text), dialect))?;
    }

    #[test]
    fn named_fields_are_judged_alike(
        year in field(), month in field(), day in field(), week in field(),
        day_of_week in field(), hour in field(), minute in field(), second in field(),
    ) {
        let fields = CronFields { year, month, day, week, day_of_week, hour, minute, second };
        compare(cron(CronForm::Fields(fields), Dialect::Unix))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,300}", dialect in dialect()) {
        compare(cron(CronForm::Expression(text.clone()), dialect))?;
        let fields = CronFields { day: Some(text), ..CronFields::default() };
        compare(cron(CronForm::Fields(fields), dialect))?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        compare(cron(CronForm::Expression(text), Dialect::Unix))?;
    }

    #[test]
    fn calendars_of_any_texts_are_read_or_refused(
        steps in prop::array::uniform4(prop_oneof![0..3, any::<i32>()]),
        at in "([0-9:]{0,9}|\\PC{0,9})", start_date in "([0-9]{4}-[01][0-9]-[0-3][0-9]|\\PC{0,12})",
        end_date in "([0-9]{4}-[01][0-9]-[0-3][0-9]|\\PC{0,12})",
        timezone in "(Europe/Berlin|\\PC{0,12})", moment in any::<i64>(),
    ) {
        let [years, months, weeks, days] = steps;
        let spec = TriggerSpec::from(TriggerKind::Calendar(CalendarSpec {
            years, months, weeks, days, at, start_date, end_date, timezone, gap: Gap::Next,
        }));
        match spec.compile(&context()) {
            Ok(trigger) => {
                let at = Timestamp::from_millis(moment);
                let next = trigger.next_after(at);
                let last = trigger.last_at_or_before(at);
                prop_assert!(next.is_none_or(|next| next > at));
                prop_assert!(last.is_none_or(|last| last <= at));
                prop_assert_eq!(next.map(|next| trigger.last_at_or_before(next)), next.map(Some));
            }
            Err(error) => check_error(&error)?,
        }
    }
}

#[test]
fn a_megabyte_of_list_is_refused_before_it_is_read() {
    let list = "1,".repeat(500_000);
    for form in [
        CronForm::Expression(format!("{list}1 * * * *")),
        CronForm::Fields(CronFields { minute: Some(list), ..CronFields::default() }),
    ] {
        let spec = TriggerSpec::from(TriggerKind::Cron(cron(form, Dialect::Unix)));
        let error = spec.compile(&context()).expect_err("refused");
        assert!(error.message.contains("allowed are at most 256"), "{error}");
        assert!(error.value.chars().count() <= 81, "{error}");
    }
}

#[test]
fn the_longest_expressions_are_read() {
    let list = vec!["*"; 124].join(",");
    let text = format!("{list} * * * *");
    assert_eq!(text.len(), 255);
    let spec =
        TriggerSpec::from(TriggerKind::Cron(cron(CronForm::Expression(text), Dialect::Unix)));
    let explained = explain::explain(&spec, &context(), Timestamp::UNIX_EPOCH, 3);
    assert!(explained.is_ok(), "{explained:?}");
}
