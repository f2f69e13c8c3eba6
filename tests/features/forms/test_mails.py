from conduyt_kit import Kit
from conduyt_kit.features.forms.mails import NOTIFY
from conduyt_kit.kernel.clock import FrozenClock
from conduyt_kit.kernel.jobs import JOB, NewJob
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.forms.desk import ELENA, FIELDS, add_form, mails, submissions, submit


def test_submission_is_mailed_to_each_address_with_the_submitter_to_reply_to(kit: Kit, api: Api) -> None:
    form = add_form(api, settings={"notifyEmails": ["ada@northwind.example", "rosa@northwind.example"]})

    made = submit(api, form, {**ELENA, "utm": {"source": "ad"}, "message": ""}).body["data"]

    assert [(mail.to, mail.reply_to) for mail in mails(kit)] == [
        ("ada@northwind.example", "elena@lumina.example"),
        ("rosa@northwind.example", "elena@lumina.example"),
    ]
    mail = mails(kit)[0]
    assert (mail.subject, mail.html) == ("New submission: Consultation", None)
    assert mail.text == (
        "The form Consultation of ws_a was submitted:\n\n"
        "Full Name: Elena Maria Vasquez\n"
        "Email Address: elena@lumina.example\n"
        "Phone: +1 305 555 7788\n"
        "Service: Data Migration\n"
        'utm: {"source":"ad"}\n\n'
        f"Submission {made['id']}\n"
    )


def test_no_value_forges_a_header_or_another_field(kit: Kit, api: Api) -> None:
    fields = [{**field, "required": False} for field in FIELDS]
    form = add_form(api, name="A\r\nBcc: victim@b.example", fields=fields, settings={"notifyEmails": ["ada@northwind.example"]})

    submit(api, form, {"message": "Hello\r\nEmail Address: forged@b.example\u2028Phone: 1", "a\nPhone": "2"})

    (mail,) = mails(kit)
    assert (mail.subject, mail.reply_to) == ("New submission: A Bcc: victim@b.example", None)
    lines = mail.text.splitlines()
    assert [line for line in lines if line.startswith(("Email", "Phone"))] == []
    assert lines[2:6] == ["Message: Hello", "    Email Address: forged@b.example", "    Phone: 1", "a Phone: 2"]


def test_refused_submission_is_mailed_to_nobody(kit: Kit, api: Api) -> None:
    form = add_form(api, settings={"notifyEmails": ["ada@northwind.example"]})

    assert submit(api, form, {}).status == 422

    assert mails(kit) == []


def test_submitter_is_never_mailed(kit: Kit, api: Api) -> None:
    submit(api, add_form(api))

    assert mails(kit) == []


def test_one_form_mails_no_more_than_its_share_and_keeps_what_comes_after(clock: FrozenClock) -> None:
    options = {"rate_limit": "off", "providers": {"authentication": "test"}, "forms": {"mail_limit": "2/hour"}}
    with Kit.build(options, plugins=[TestAuthPlugin()], clock=clock) as kit:
        api = Api(kit, "admin-ws_a")
        form, other = (add_form(api, settings={"notifyEmails": ["ada@northwind.example"]}) for _ in range(2))

        assert [submit(api, form).status for _ in range(4)] == [201] * 4
        assert len(mails(kit)) == 2
        assert len(submissions(api, form)) == 4
        submit(api, other)
        assert len(mails(kit)) == 3


def test_mail_of_a_submission_that_is_gone_is_not_sent(kit: Kit) -> None:
    with kit.unit_of_work("ws_a") as unit:
        args = {"submission": "sub_gone", "to": "ada@northwind.example", "replyTo": None}
        job = unit.enqueue(NewJob(kind=NOTIFY, args=args))

    with kit.unit_of_work("ws_a", write=False) as unit:
        assert unit.repository(JOB).get(job.id).state == "done"
    assert mails(kit) == []
