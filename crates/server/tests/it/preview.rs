//! PreviewTrigger.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn preview(trigger: v1::Trigger) -> v1::PreviewTriggerRequest {
    v1::PreviewTriggerRequest { trigger: Some(trigger), ..<_>::default() }
}

#[tokio::test]
async fn fire_times_are_shown_and_nothing_is_created() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let shown = jobs.preview_trigger(preview(every(10))).await.expect("valid").into_inner();
    let expected: Vec<_> = (1..=5).map(|n| at(START + 10 * n)).collect();
    assert_eq!((shown.fire_times, shown.exhausted), (expected, false));

    let request = v1::PreviewTriggerRequest { after: Some(at(0)), count: 2, ..preview(every(10)) };
    let shown = jobs.preview_trigger(request).await.expect("valid").into_inner();
    assert_eq!(shown.fire_times, [at(10), at(20)]);

    let never = cron("0 0 30 2 *", "");
    let shown = jobs.preview_trigger(preview(never)).await.expect("fine here").into_inner();
    assert_eq!((shown.fire_times, shown.exhausted), (vec![], true));
    assert_eq!(node.written().await, (Vec::new(), 0));
}

#[tokio::test]
async fn the_explanation_is_the_words_of_the_rules() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let after = Some(at(1_772_900_000));
    let trigger = cron("30 2 * * *", "America/New_York");
    let request = v1::PreviewTriggerRequest { after, count: 1, ..preview(trigger) };
    let shown = jobs.preview_trigger(request).await.expect("valid").into_inner();
    let said = "at 02:30 every day in America/New_York; on 2026-03-08 at 03:00, because 02:30 does \
                not exist that day";
    assert_eq!(shown.explanation, said);
    assert!(shown.warnings[0].contains("gap NEXT"), "{:?}", shown.warnings);
}

#[tokio::test]
async fn bad_previews_are_refused_by_field() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let fine = || preview(every(10));
    let cases = [
        (v1::PreviewTriggerRequest::default(), "trigger"),
        (preview(cron("* * * *", "")), "trigger.cron.expression"),
        (v1::PreviewTriggerRequest { count: -1, ..fine() }, "count"),
        (v1::PreviewTriggerRequest { count: 1_001, ..fine() }, "count"),
        (v1::PreviewTriggerRequest { uid: "x".to_owned(), ..fine() }, "uid"),
        (v1::PreviewTriggerRequest { after: Some(at(i64::MIN)), ..fine() }, "after"),
    ];
    for (request, field) in cases {
        let answer = jobs.preview_trigger(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
}
