"""A peer: Django REST framework with Django's ORM, written as its documentation shows, on granian."""

# The frameworks are installed for measuring only, not where types are checked.
# mypy: ignore-errors

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any, ClassVar
from urllib.parse import urlsplit

import django
from django.conf import settings as django_settings

from benchmarks.targets.settings import TargetSettings

OWN = TargetSettings.of_process()


def _database() -> dict[str, Any]:
    file = OWN.sqlite_file
    if file is not None:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "CONN_MAX_AGE": None, "OPTIONS": {"timeout": 20}}
    place = urlsplit(OWN.postgres_address)
    found = {
        "NAME": place.path[1:],
        "USER": place.username,
        "PASSWORD": place.password or "",
        "HOST": place.hostname,
        "PORT": place.port or 5432,
    }
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **found}


django_settings.configure(
    SECRET_KEY="only for measuring",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": _database()},
    USE_TZ=True,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.db import models, transaction  # noqa: E402 - Django's models need its settings
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import authentication, exceptions, permissions, serializers, views  # noqa: E402
from rest_framework.generics import get_object_or_404  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

PAGE = 50


class Unmanaged(models.Model):
    """A table of the kit's; Django wants one column as its key, and ids are unique by themselves."""

    id = models.TextField(primary_key=True)
    workspace_id = models.TextField()

    class Meta:
        abstract = True


class Contact(Unmanaged):
    first_name = models.TextField()
    last_name = models.TextField()
    email = models.TextField(null=True)
    email_key = models.TextField(null=True)
    phone = models.TextField(null=True)
    company = models.TextField(null=True)
    source = models.TextField(null=True)
    assigned_to = models.TextField(null=True)
    custom_fields = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    search_text = models.TextField()

    class Meta:
        app_label, managed, db_table = "bench", False, "contact"


class Tag(Unmanaged):
    name = models.TextField()

    class Meta:
        app_label, managed, db_table = "bench", False, "tag"


class ContactTag(models.Model):
    pk = models.CompositePrimaryKey("workspace_id", "contact_id", "tag_id")
    workspace_id = models.TextField()
    contact = models.ForeignKey(Contact, models.DO_NOTHING, related_name="links")
    tag = models.ForeignKey(Tag, models.DO_NOTHING)

    class Meta:
        app_label, managed, db_table = "bench", False, "contact_tag"


class ApiKey(Unmanaged):
    key_hash = models.TextField()
    user_id = models.TextField()
    is_authenticated = True

    class Meta:
        app_label, managed, db_table = "bench", False, "api_key"


class Activity(Unmanaged):
    entity_type = models.TextField()
    entity_id = models.TextField()
    action = models.TextField()
    changes = models.JSONField(null=True)
    user_id = models.TextField(null=True)
    timestamp = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "bench", False, "activity"


class ActivitySubject(models.Model):
    pk = models.CompositePrimaryKey("workspace_id", "entity_type", "entity_id", "activity_id")
    workspace_id = models.TextField()
    activity_id = models.TextField()
    entity_type = models.TextField()
    entity_id = models.TextField()

    class Meta:
        app_label, managed, db_table = "bench", False, "activity_subject"


class Event(Unmanaged):
    name = models.TextField()
    version = models.IntegerField(default=1)
    data = models.JSONField()
    entity_type = models.TextField(null=True)
    entity_id = models.TextField(null=True)
    actor_id = models.TextField(null=True)
    causation = models.JSONField(default=list)
    occurred_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "bench", False, "event"


class ContactSerializer(serializers.Serializer[Contact]):
    """A contact in a list."""

    id = serializers.CharField(read_only=True)
    firstName = serializers.CharField(source="first_name")  # noqa: N815 - as the API names it
    lastName = serializers.CharField(source="last_name")  # noqa: N815
    email = serializers.EmailField(allow_null=True, required=False)
    phone = serializers.CharField(allow_null=True, required=False)
    company = serializers.CharField(allow_null=True, required=False)
    source = serializers.CharField(allow_null=True, required=False)
    tags = serializers.SerializerMethodField()
    assignedTo = serializers.CharField(source="assigned_to", allow_null=True, required=False)  # noqa: N815
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)  # noqa: N815
    updatedAt = serializers.DateTimeField(source="updated_at", read_only=True)  # noqa: N815

    def get_tags(self, contact: Contact) -> list[str]:
        return sorted(link.tag.name for link in contact.links.all())


class DetailSerializer(ContactSerializer):
    """A single contact."""

    customFields = serializers.JSONField(source="custom_fields", required=False)  # noqa: N815


class Bearer(authentication.BaseAuthentication):
    """Looks every token up."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        found = ApiKey.objects.filter(key_hash=hashlib.sha256(token.encode()).hexdigest()).first()
        if found is None:
            raise exceptions.AuthenticationFailed
        return found, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Protected(views.APIView):
    """What needs a token."""

    authentication_classes: ClassVar[Any] = [Bearer]
    permission_classes: ClassVar[Any] = [permissions.IsAuthenticated]


class ContactList(Protected):
    def get(self, request: Request) -> Response:
        page, text = int(request.query_params.get("page", 1)), request.query_params.get("search")
        found = Contact.objects.filter(workspace_id=request.user.workspace_id)
        if text:
            found = found.filter(search_text__contains=text.casefold())
        total = found.count()
        rows = found.order_by("-created_at", "-id").prefetch_related("links__tag")[(page - 1) * PAGE : page * PAGE]
        meta = {"page": page, "limit": PAGE, "total": total, "totalPages": -(-total // PAGE)}
        return Response({"data": ContactSerializer(rows, many=True).data, "meta": meta})

    def post(self, request: Request) -> Response:
        given = DetailSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = given.validated_data, dt.datetime.now(dt.UTC)
        email = values.get("email")
        words = (f"{values['first_name']} {values['last_name']}", email, values.get("phone"))
        with transaction.atomic():
            contact = Contact.objects.create(
                id=str(uuid.uuid4()),
                workspace_id=request.user.workspace_id,
                **values,
                email_key=email.casefold() if email else None,
                created_at=at,
                updated_at=at,
                search_text="\n".join(word.casefold() for word in words if word),
            )
            data = DetailSerializer(contact).data
            note(request.user, contact, "created", None, data)
        return Response({"data": data}, status=201)


class ContactDetail(Protected):
    def get(self, request: Request, id: str) -> Response:
        return Response({"data": DetailSerializer(existing(request, id)).data})

    def patch(self, request: Request, id: str) -> Response:
        given = DetailSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            contact = existing(request, id)
            changes = {name: {"from": getattr(contact, name), "to": value} for name, value in given.validated_data.items()}
            for name, value in given.validated_data.items():
                setattr(contact, name, value)
            contact.updated_at = dt.datetime.now(dt.UTC)
            contact.save(update_fields=[*given.validated_data, "updated_at"])
            data = DetailSerializer(contact).data
            note(request.user, contact, "updated", changes, data)
        return Response({"data": data})


def existing(request: Request, id: str) -> Contact:
    found: Contact = get_object_or_404(Contact.objects.prefetch_related("links__tag"), workspace_id=request.user.workspace_id, id=id)
    return found


def note(key: Any, contact: Contact, action: str, changes: Any, data: Any) -> None:
    """Add the activity with its subject, and the event."""
    place = {"workspace_id": contact.workspace_id, "entity_type": "contact", "entity_id": contact.id}
    activity, at = "act_" + secrets.token_hex(12), contact.updated_at
    Activity.objects.create(**place, id=activity, action=action, changes=changes, user_id=key.user_id, timestamp=at)
    ActivitySubject.objects.create(**place, activity_id=activity)
    event = "evt_" + secrets.token_hex(12)
    Event.objects.create(**place, id=event, name=f"contact.{action}", data=data, actor_id=key.user_id, occurred_at=at)


def alive(_: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("healthz", alive),
    path("api/v1/contacts", ContactList.as_view()),
    path("api/v1/contacts/<str:id>", ContactDetail.as_view()),
]


def create() -> Any:
    """Return the application; granian calls it in each server process."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()
