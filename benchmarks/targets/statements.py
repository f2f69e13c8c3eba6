"""The SQL of the reference application, as one would write it by hand for the kit's tables.

``{n}`` stands for parameter number n. Reading takes one statement each, with the tags as JSON and the kept number of rows.
"""

TAGS_SQLITE = (
    "(SELECT json_group_array(name) FROM (SELECT o.name FROM contact_tag AS l JOIN tag AS o ON o.workspace_id = l.workspace_id "
    "AND o.id = l.tag_id WHERE l.workspace_id = t.workspace_id AND l.contact_id = t.id ORDER BY o.name))"
)
TAGS_POSTGRES = (
    "(SELECT coalesce(json_agg(o.name ORDER BY o.name), '[]'::json) FROM contact_tag AS l JOIN tag AS o "
    "ON o.workspace_id = l.workspace_id AND o.id = l.tag_id WHERE l.workspace_id = t.workspace_id AND l.contact_id = t.id)"
)
SHOWN = "t.id, t.first_name, t.last_name, t.email, t.phone, t.company, t.source, t.assigned_to, t.created_at, t.updated_at"
_NEWEST = "ORDER BY t.created_at DESC, t.id DESC"
_COUNTER = "(SELECT coalesce(sum(n), 0) FROM record_count WHERE workspace_id = {1} AND entity = 'contact')"

IDENTITY = (
    'SELECT k.workspace_id, u.id, u.name FROM api_key AS k JOIN "user" AS u ON u.workspace_id = k.workspace_id AND u.id = k.user_id '
    "WHERE k.key_hash = {1} AND u.status = 'active'"
)
GET = "SELECT " + SHOWN + ", {tags}, t.custom_fields FROM contact AS t WHERE t.workspace_id = {1} AND t.id = {2}"
LIST = "SELECT " + SHOWN + ", {tags}, " + _COUNTER + " FROM contact AS t WHERE t.workspace_id = {1} " + _NEWEST + " LIMIT {2}"
DEEP = (
    "SELECT " + SHOWN + ", {tags}, " + _COUNTER + " FROM (SELECT t.workspace_id, t.id FROM contact AS t WHERE t.workspace_id = {1} "
    + _NEWEST + " LIMIT {2} OFFSET {3}) AS k JOIN contact AS t ON t.workspace_id = k.workspace_id AND t.id = k.id " + _NEWEST
)  # fmt: skip
AFTER = (
    "SELECT " + SHOWN + ", {tags} FROM contact AS t WHERE t.workspace_id = {1} AND (t.created_at, t.id) < ({3}, {4}) "
    + _NEWEST + " LIMIT {2}"
)  # fmt: skip
SEARCH_SQLITE = (
    "SELECT " + SHOWN + ", {tags} FROM contact AS t WHERE t.workspace_id = {1} AND t.search_id IN "
    "(SELECT rowid FROM contact_fts WHERE contact_fts MATCH {3}) " + _NEWEST + " LIMIT {2}"
)
SEARCH_POSTGRES = (
    "SELECT " + SHOWN + ", {tags} FROM contact AS t WHERE t.workspace_id = {1} AND t.search_text LIKE {3} " + _NEWEST + " LIMIT {2}"
)
COUNT_SQLITE = (
    "SELECT count(*) FROM contact AS t WHERE t.workspace_id = {1} AND t.search_id IN "
    "(SELECT rowid FROM contact_fts WHERE contact_fts MATCH {2})"
)
COUNT_POSTGRES = "SELECT count(*) FROM contact AS t WHERE t.workspace_id = {1} AND t.search_text LIKE {2}"

CONTACT = (
    "INSERT INTO contact (workspace_id, id, first_name, last_name, email, email_key, phone, source, custom_fields, created_at, "
    "updated_at, search_text) VALUES ({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {10}, {11})"
)
CONTACT_SQLITE = (
    "INSERT INTO contact (workspace_id, id, first_name, last_name, email, email_key, phone, source, custom_fields, created_at, "
    "updated_at, search_text, search_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, "
    "(SELECT coalesce(max(search_id), 0) + 1 FROM contact))"
)
SEARCHABLE_SQLITE = (
    "INSERT INTO contact_fts (rowid, search_text) SELECT search_id, search_text FROM contact WHERE workspace_id = ?1 AND id = ?2"
)
ACTIVITY = (
    "INSERT INTO activity (workspace_id, id, entity_type, entity_id, action, changes, user_id, user_name, timestamp, correlation_id) "
    "VALUES ({1}, {2}, 'contact', {3}, {4}, {5}, {6}, {7}, {8}, {9})"
)
SUBJECT = "INSERT INTO activity_subject (workspace_id, activity_id, entity_type, entity_id) VALUES ({1}, {2}, 'contact', {3})"
EVENT = (
    "INSERT INTO event (workspace_id, id, name, version, data, entity_type, entity_id, actor_id, correlation_id, causation, occurred_at) "
    "VALUES ({1}, {2}, {3}, 1, {4}, 'contact', {5}, {6}, {7}, '[]', {8})"
)
NUMBERS = (
    "INSERT INTO record_count (workspace_id, entity, slot, n) VALUES ({1}, 'activity', {slot}, 1){more} "
    "ON CONFLICT (workspace_id, entity, slot) DO UPDATE SET n = record_count.n + excluded.n"
)
UPDATE = "UPDATE contact SET source = {3}, updated_at = {4} WHERE workspace_id = {1} AND id = {2}"


def numbered(template: str, style: str, **parts: str) -> str:
    """Return a statement with placeholders in a driver's style, ``?`` or ``$``."""
    filled = template
    for name, part in parts.items():
        filled = filled.replace("{" + name + "}", part)
    for number in range(11, 0, -1):
        filled = filled.replace("{" + str(number) + "}", f"{style}{number}")
    return filled
