from functools import partial

from conduyt_kit import Kit
from tests.features.calls import Api
from tests.features.records import told
from tests.features.sales import STAGES, add_deal, add_pipeline, made
from tests.races.together import statuses, together

THREADS = 8
PATH = "/pipelines/pipe_charter/stages"


def test_inserts_and_moves_at_once_leave_no_gap_and_no_double(api: Api) -> None:
    add_pipeline(api)

    inserts = [partial(api.post, PATH, {"name": "New", "order": number % 3 + 1}) for number in range(4)]
    moves = [partial(api.patch, f"{PATH}/{id}", {"order": 1}) for id in ("stage_lead", "stage_offer", "stage_signed")]
    answers = together([*inserts, *moves, lambda: api.post(PATH, {"name": "Last", "order": 10_000})])

    assert statuses(answers) == [200] * 3 + [201] * 5
    stages = api.get(PATH).body["data"]
    assert [stage["order"] for stage in stages] == list(range(1, len(STAGES) + 6))
    ids = {"stage_lead", "stage_offer", "stage_signed", "stage_last", "stage_new", "stage_new_2", "stage_new_3", "stage_new_4"}
    assert {stage["id"] for stage in stages} == ids


def test_deletions_and_inserts_at_once_leave_no_gap(api: Api) -> None:
    add_pipeline(api)
    deletions = [partial(api.delete, f"{PATH}/{id}") for id in ("stage_lead", "stage_offer", "stage_signed")]
    answers = together([*deletions, *[lambda: api.post(PATH, {"name": "New", "order": 2})] * 5])

    assert statuses(answers) == [201] * 5 + [204] * 3
    assert [stage["order"] for stage in api.get(PATH).body["data"]] == [1, 2, 3, 4, 5]


def test_pipelines_of_one_name_made_at_once_get_different_ids(api: Api) -> None:
    answers = together([lambda: api.post("/pipelines", {"name": "Charter", "stages": STAGES[:1] * 2})] * THREADS)

    assert statuses(answers) == [201] * THREADS
    pipelines = [answer.body["data"] for answer in answers]
    assert {pipeline["id"] for pipeline in pipelines} == {"pipe_charter", *(f"pipe_charter_{n}" for n in range(2, THREADS + 1))}
    stages = [stage["id"] for pipeline in pipelines for stage in pipeline["stages"]]
    assert set(stages) == {"stage_lead", *(f"stage_lead_{n}" for n in range(2, 2 * THREADS + 1))}


def test_deal_is_never_left_without_its_stage(api: Api) -> None:
    add_pipeline(api)
    body = {"name": "d", "value": 1, "pipelineId": "pipe_charter", "stageId": "stage_offer"}
    *created, deleted = together([*[lambda: api.post("/deals", body)] * 5, lambda: api.delete(f"{PATH}/stage_offer")])

    assert {answer.status for answer in created} <= {201, 422}
    deals = api.get("/deals").body["data"]
    assert len(deals) == statuses(created).count(201)
    assert (deleted.status, bool(deals)) in ((204, False), (409, True))
    assert all(api.get(f"/deals/{deal['id']}").body["data"]["stage"]["id"] == "stage_offer" for deal in deals)


def test_deal_won_by_many_at_once_is_won_once(kit: Kit, api: Api) -> None:
    deal = add_deal(api, add_pipeline(api))
    answers = together([lambda: api.patch(f"/deals/{deal['id']}", {"stageId": "stage_signed"})] * THREADS)

    assert statuses(answers) == [200] * THREADS
    assert [len(told(kit, name)) for name in ("deal.stage_changed", "deal.won")] == [1, 1]


def test_task_completed_by_many_at_once_is_completed_once(kit: Kit, api: Api) -> None:
    task = made(api, "/tasks", {"title": "x"})
    answers = together([lambda: api.patch(f"/tasks/{task['id']}", {"status": "completed"})] * THREADS)

    assert statuses(answers) == [200] * THREADS
    assert len(told(kit, "task.completed")) == 1
