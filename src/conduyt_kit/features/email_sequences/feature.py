"""Everything sequences offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.email_sequences.demo import fill
from conduyt_kit.features.email_sequences.endpoints import ENDPOINTS
from conduyt_kit.features.email_sequences.enroll_action import ENROLL_SEQUENCE
from conduyt_kit.features.email_sequences.enrolling import Enrollments, note_reply, stop_unsubscribed
from conduyt_kit.features.email_sequences.entities import ENROLLMENT, SEQUENCE, SEQUENCE_EMAIL
from conduyt_kit.features.email_sequences.events import SequenceCompleted, SequenceEnrolled, SequenceUnenrolled
from conduyt_kit.features.email_sequences.public_endpoints import PUBLIC_ENDPOINTS
from conduyt_kit.features.email_sequences.service import Sequences, keep_used_template
from conduyt_kit.features.email_sequences.stepping import JOBS
from conduyt_kit.features.email_sequences.tracking import note_delivery
from conduyt_kit.kernel.events import INSIDE, Subscription

EMAIL_SEQUENCES = FeatureSpec(
    name="email_sequences",
    description="Automated series of e-mails",
    requires=("workspaces", "contacts", "email_templates", "messages"),
    entities=(SEQUENCE, ENROLLMENT, SEQUENCE_EMAIL),
    services=(Sequences, Enrollments),
    endpoints=(*ENDPOINTS, *PUBLIC_ENDPOINTS),
    events=(SequenceEnrolled, SequenceCompleted, SequenceUnenrolled),
    subscriptions=(
        Subscription(event="email_template.deleted", handler=keep_used_template, when=INSIDE, name="email_sequences.templates"),
        Subscription(event="contact.unsubscribed", handler=stop_unsubscribed, when=INSIDE, name="email_sequences.unsubscribed"),
        Subscription(event="message.received", handler=note_reply, when=INSIDE, name="email_sequences.replies"),
        Subscription(event="message.delivered", handler=note_delivery, when=INSIDE, name="email_sequences.deliveries"),
    ),
    jobs=JOBS,
    actions=(ENROLL_SEQUENCE,),
    demo=DemoSpec(fill=fill),
)
