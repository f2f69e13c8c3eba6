import datetime as dt

import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.errors import Temporary
from conduyt_kit.kernel.events import EVENT
from conduyt_kit.kernel.jobs import JOB
from conduyt_kit.kernel.query import where
from tests.features.bulk.batches import drain
from tests.features.calls import Api
from tests.features.records import trail
from tests.features.sales import add_contact, add_deal, add_pipeline, found
from tests.features.workflows.flows import TASK, Trouble, add_workflow, fire, only_run, refusal, runs, states, tasks

TROUBLE = {"type": "trouble", "config": {"note": "first"}}
SECOND = {"type": "create_task", "config": {"title": "second"}}


def test_matching_event_starts_one_run(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created", conditions={"source": "website"})

    contact = add_contact(api, source="website")
    add_contact(api, source="fair")
    drain(kit)

    run = only_run(api, id)
    assert states(run) == ("success", ["success"])
    assert (run["workflowId"], run["triggerEvent"], run["triggerData"]["contactId"]) == (id, "contact.created", contact["id"])
    assert tasks(api) == ["Follow up"]
    shown = api.get(f"/workflows/{id}").body["data"]
    assert (shown["runCount"], shown["lastRunAt"]) == (1, "2026-03-15T10:30:00Z")


def test_run_of_a_moved_deal_is_shown_as_documented(api: Api, kit: Kit) -> None:
    found(kit, "ws_a")
    id = add_workflow(api, "deal.stage_changed", TASK, conditions={"stageName": "Signed"})
    pipeline, contact = add_pipeline(api), add_contact(api)
    deal = add_deal(api, pipeline, contactId=contact["id"], value=18500)

    api.patch(f"/deals/{deal['id']}", {"stageId": pipeline["stages"][1]["id"]})
    api.patch(f"/deals/{deal['id']}", {"stageId": pipeline["stages"][2]["id"]})
    drain(kit)

    run = only_run(api, id)
    assert list(run) == [
        "id",
        "workflowId",
        "workflowName",
        "status",
        "triggerEvent",
        "triggerData",
        "actions",
        "startedAt",
        "completedAt",
        "durationMs",
    ]
    assert run["triggerData"] == {
        "dealId": deal["id"],
        "dealName": "Summer charter",
        "contactId": contact["id"],
        "previousStage": "Offer",
        "newStage": "Signed",
        "dealValue": 18500,
    }
    assert set(run["actions"][0]) == {"type", "status", "config", "result", "executedAt"}
    assert run["workflowName"] == "Welcome"
    listed = api.get(f"/workflows/{id}/runs").body["data"][0]
    assert listed["triggerData"] == {"dealId": deal["id"], "dealName": "Summer charter", "newStage": "Signed"}
    assert listed["actions"] == [{"type": "create_task", "status": "success", "executedAt": "2026-03-15T10:30:00Z"}]
    assert set(run) - set(listed) == {"workflowName"}


def test_list_shows_of_a_contact_who_it_is(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "contact.created")
    contact = add_contact(api, source="fair")
    drain(kit)

    listed = api.get(f"/workflows/{id}/runs").body["data"][0]
    assert listed["triggerData"] == {"contactId": contact["id"], "firstName": "Mira", "lastName": "Solberg"}


def test_custom_event_is_shown_whole(api: Api) -> None:
    id = add_workflow(api, "custom.scored", conditions={"score": {"gte": 80}})

    fire(api, score=79, who="Mira")
    fire(api, score=81, who="Mira")

    assert only_run(api, id)["triggerData"] == {"score": 81, "who": "Mira"}
    assert api.get(f"/workflows/{id}/runs").body["data"][0]["triggerData"] == {"score": 81, "who": "Mira"}


def test_duration_lasts_from_start_to_end(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    trouble.errors = [Temporary("busy", retry_after=2)]
    fire(api)
    clock.advance(dt.timedelta(seconds=2.1))
    drain(kit)

    run = only_run(api, id)
    assert (run["startedAt"], run["completedAt"], run["durationMs"]) == ("2026-03-15T10:30:00Z", "2026-03-15T10:30:02Z", 2100)


def test_runs_are_filtered_by_status(api: Api, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    fire(api)
    trouble.errors = [refusal()]
    fire(api)

    assert [run["status"] for run in runs(api, id, "&status=failed")] == ["failed"]
    assert [run["status"] for run in runs(api, id, "&status=success")] == ["success"]
    assert runs(api, id, "&status=running") == []
    assert api.get(f"/workflows/{id}/runs?status=lost").status == 400


def test_run_of_another_workflow_is_not_found(api: Api) -> None:
    id, other = add_workflow(api, "custom.scored"), add_workflow(api, "custom.other")
    fire(api)
    run = only_run(api, id)["id"]

    assert api.get(f"/workflows/{other}/runs/{run}").status == 404
    assert api.post(f"/workflows/{other}/runs/{run}/retry").status == 404


def test_inactive_workflow_does_not_run(api: Api) -> None:
    id = add_workflow(api, "custom.scored", active=False)
    fire(api)

    api.post(f"/workflows/{id}/activate")
    fire(api)
    api.post(f"/workflows/{id}/deactivate")
    fire(api)

    assert len(runs(api, id)) == 1


def test_event_told_twice_runs_once(api: Api, kit: Kit) -> None:
    id = add_workflow(api, "custom.scored")
    fire(api)
    with kit.unit_of_work("ws_a") as unit:
        for job in unit.repository(JOB).all(where(kind="events.deliver")):
            unit.repository(JOB).change(job, state="queued", finished_at=None)
    drain(kit)

    assert len(runs(api, id)) == 1
    assert tasks(api) == ["Follow up"]
    with kit.unit_of_work("ws_a", write=False) as unit:
        assert {job.state for job in unit.repository(JOB).all(where(kind="events.deliver"))} == {"done"}


def test_actions_run_in_order(api: Api) -> None:
    titles = [f"task {number}" for number in range(5)]
    add_workflow(api, "custom.scored", *({"type": "create_task", "config": {"title": title}} for title in titles))

    fire(api)

    assert tasks(api) == titles


def test_what_actions_change_is_logged_as_background_work(api: Api, kit: Kit) -> None:
    add_workflow(api, "custom.scored")
    fire(api)

    assert [(entry.action, entry.user_id, entry.user_name) for entry in trail(kit, entity_type="task")] == [("created", None, None)]


def test_failed_action_ends_the_run_and_leaves_nothing_of_itself(api: Api, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TASK, TROUBLE, SECOND)
    trouble.errors = [refusal("The line is dead")]

    fire(api)

    run = only_run(api, id)
    assert states(run) == ("failed", ["success", "failed", "skipped"])
    assert run["actions"][1] == {
        "type": "trouble",
        "status": "failed",
        "config": {"note": "first"},
        "error": "The line is dead",
        "executedAt": "2026-03-15T10:30:00Z",
    }
    assert run["actions"][2] == {**SECOND, "status": "skipped", "executedAt": None}
    assert run["completedAt"] == "2026-03-15T10:30:00Z"
    assert tasks(api) == ["Follow up"]


def test_failed_action_may_let_the_run_go_on(api: Api, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {**TROUBLE, "onError": "continue"}, SECOND)
    trouble.errors = [refusal()]

    fire(api)

    assert states(only_run(api, id)) == ("failed", ["failed", "success"])
    assert tasks(api) == ["second"]


def test_passing_trouble_is_tried_again_without_repeating_what_was_done(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TASK, TROUBLE)
    trouble.errors = [Temporary("busy", retry_after=60), ValueError("a defect")]
    fire(api)
    assert states(only_run(api, id)) == ("running", ["success", "running"])

    for _ in range(3):
        clock.advance(dt.timedelta(hours=1))
        drain(kit)

    assert states(only_run(api, id)) == ("success", ["success", "success"])
    assert tasks(api) == ["Follow up", "first"]


@pytest.mark.parametrize(
    ("error", "text"),
    [(Temporary("busy"), "busy"), (ValueError("secret"), "The action failed unexpectedly (ValueError)")],
)
def test_trouble_that_does_not_pass_fails_the_run(
    api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble, error: Exception, text: str
) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    trouble.errors = [error] * 8
    fire(api)
    for _ in range(8):
        clock.advance(dt.timedelta(hours=2))
        drain(kit)

    run = only_run(api, id)
    assert states(run) == ("failed", ["failed"])
    assert run["actions"][0]["error"] == text
    assert trouble.errors == []


def test_retry_goes_on_at_the_action_that_failed(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TASK, TROUBLE, SECOND)
    trouble.errors = [refusal()]
    fire(api)
    run = only_run(api, id)

    answer = api.post(f"/workflows/{id}/runs/{run['id']}/retry")

    assert answer.status == 200
    assert states(answer.body["data"]) == ("running", ["success", "running", "pending"])
    assert answer.body["data"]["completedAt"] is None
    drain(kit)
    assert states(only_run(api, id)) == ("success", ["success", "success", "success"])
    assert tasks(api) == ["Follow up", "first", "second"]
    assert api.get(f"/workflows/{id}").body["data"]["runCount"] == 1


def test_retry_may_fail_and_be_retried_again(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    trouble.errors = [refusal("one"), refusal("two")]
    fire(api)
    path = f"/workflows/{id}/runs/{only_run(api, id)['id']}"

    seen = []
    for _ in range(2):
        assert api.post(f"{path}/retry").status == 200
        drain(kit)
        seen.append(api.get(path).body["data"]["actions"][0].get("error"))

    assert seen == ["two", None]


def test_only_a_failed_run_is_retried(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    fire(api)
    done = only_run(api, id)
    assert api.post(f"/workflows/{id}/runs/{done['id']}/retry").status == 409

    trouble.errors = [Temporary("busy")]
    fire(api)
    running = next(run for run in runs(api, id) if run["status"] == "running")
    assert api.post(f"/workflows/{id}/runs/{running['id']}/retry").status == 409


def test_run_whose_job_was_set_aside_may_be_retried(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    trouble.errors = [Temporary("busy", retry_after=3600)]
    fire(api)
    with kit.unit_of_work("ws_a") as unit:
        job = unit.repository(JOB).first(where(kind="workflows.run"))
        assert job is not None
        unit.repository(JOB).change(job, state="failed")

    assert api.post(f"/workflows/{id}/runs/{only_run(api, id)['id']}/retry").status == 200
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])


def test_run_keeps_the_actions_it_started_with(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE, SECOND)
    trouble.errors = [Temporary("busy", retry_after=60)]
    fire(api)

    api.patch(f"/workflows/{id}", {"actions": [{"type": "create_task", "config": {"title": "other"}}]})
    clock.advance(dt.timedelta(minutes=2))
    drain(kit)
    fire(api)

    assert sorted(tasks(api)) == ["first", "other", "second"]
    assert [len(run["actions"]) for run in runs(api, id)] == [2, 1]


def test_deactivation_lets_started_runs_finish(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE, SECOND)
    trouble.errors = [Temporary("busy", retry_after=60)]
    fire(api)

    api.post(f"/workflows/{id}/deactivate")
    clock.advance(dt.timedelta(minutes=2))
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success", "success"])
    assert tasks(api) == ["first", "second"]


def test_new_trigger_takes_effect_on_the_next_event(api: Api) -> None:
    id = add_workflow(api, "custom.scored")
    api.patch(f"/workflows/{id}", {"trigger": {"event": "custom.other"}})

    fire(api)
    fire(api, "custom.other")

    assert [run["triggerEvent"] for run in runs(api, id)] == ["custom.other"]


def test_runs_go_with_their_workflow_and_stop(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    trouble.errors = [Temporary("busy", retry_after=60)]
    fire(api)
    api.post(f"/workflows/{id}/deactivate")

    assert api.delete(f"/workflows/{id}").status == 204
    clock.advance(dt.timedelta(minutes=2))
    drain(kit)

    assert tasks(api) == []


def test_event_and_runs_are_of_one_workspace(api: Api, other_api: Api) -> None:
    id = add_workflow(api, "custom.scored")

    fire(other_api)

    assert runs(api, id) == []
    assert tasks(other_api) == []


def test_old_runs_are_deleted(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", TROUBLE)
    fire(api)
    clock.advance(dt.timedelta(days=89))
    fire(api)
    clock.advance(dt.timedelta(days=2))
    kit.scheduler().tick()
    drain(kit)

    assert len(runs(api, id)) == 1
    assert api.get(f"/workflows/{id}").body["data"]["runCount"] == 2


def test_call_outside_is_made_after_the_commit_and_its_answer_is_the_result(api: Api, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {"type": "ring", "config": {"note": "hello"}})

    fire(api)

    run = only_run(api, id)
    assert run["actions"][0]["result"] == {"answer": "hello"}
    assert [prepared["run"] for prepared in trouble.called] == [run["id"]]
    assert tasks(api) == ["hello"]


def test_call_outside_is_repeated_without_what_was_prepared_for_it(api: Api, kit: Kit, clock: FrozenClock, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {"type": "ring", "config": {"note": "hello"}})
    trouble.errors = [Temporary("busy", retry_after=10)]
    fire(api)
    clock.advance(dt.timedelta(minutes=1))
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert len(trouble.called) == 1
    assert tasks(api) == ["hello"]


def test_events_of_actions_continue_the_chain(api: Api, kit: Kit) -> None:
    add_workflow(api, "custom.scored")
    fire(api)

    with kit.unit_of_work("ws_a", write=False) as unit:
        cause = unit.repository(EVENT).first_where(name="custom.scored")
        caused = unit.repository(EVENT).first_where(name="task.created")
    assert cause is not None
    assert caused is not None
    assert caused.causation == [cause.id]
    assert caused.correlation_id == cause.correlation_id


def test_retry_of_a_call_does_not_prepare_it_again(api: Api, kit: Kit, trouble: Trouble) -> None:
    id = add_workflow(api, "custom.scored", {"type": "ring", "config": {"note": "hello"}})
    trouble.errors = [refusal()]
    fire(api)
    run = only_run(api, id)
    assert states(run) == ("failed", ["failed"])

    assert api.post(f"/workflows/{id}/runs/{run['id']}/retry").status == 200
    drain(kit)

    assert states(only_run(api, id)) == ("success", ["success"])
    assert tasks(api) == ["hello"]
