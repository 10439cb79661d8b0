"""Groups, zones and rules say who goes to which terminal; employees are valid from and until.

The group of a terminal, a mere word until now, becomes its zone.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies this revision. There are no rules yet, so every terminal takes everybody."""
    for table in ("access_zone", "employee_group"):
        op.create_table(
            table,
            sa.Column("id", sa.String(length=32), nullable=False),
            sa.Column("name", sa.String(length=80), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("name", name=op.f(f"uq_{table}_name")),
        )
    op.create_table(
        "access_rule",
        sa.Column("scope_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("names", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "kind", "names", name=op.f("pk_access_rule")),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["employee_group.id"],
            name=op.f("fk_group_member_group_id_employee_group"),
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_group_member_employee_id_employee")
        ),
        sa.PrimaryKeyConstraint("group_id", "employee_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_employee_id"), "group_member", ["employee_id"])
    _change_terminals()
    _change_employees()


def _change_terminals() -> None:
    with op.batch_alter_table("terminal") as terminal:
        terminal.add_column(sa.Column("access_zone_id", sa.String(length=32), nullable=True))
        terminal.create_foreign_key(
            op.f("fk_terminal_access_zone_id_access_zone"),
            "access_zone",
            ["access_zone_id"],
            ["id"],
        )
        terminal.create_index(op.f("ix_terminal_access_zone_id"), ["access_zone_id"])
    connection = op.get_bind()
    named = sa.text("SELECT DISTINCT group_name FROM terminal WHERE group_name <> ''")
    for name in connection.execute(named).scalars().all():
        zone = {"id": zone_id(name), "name": name}
        connection.execute(sa.text("INSERT INTO access_zone (id, name) VALUES (:id, :name)"), zone)
        update = "UPDATE terminal SET access_zone_id = :id WHERE group_name = :name"
        connection.execute(sa.text(update), zone)
    with op.batch_alter_table("terminal") as terminal:
        terminal.drop_column("group_name")


def zone_id(name: str) -> str:
    """The id of the zone that a group of terminals becomes."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _change_employees() -> None:
    with op.batch_alter_table("employee") as employee:
        employee.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        employee.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        employee.add_column(
            sa.Column("in_force", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.get_bind().execute(sa.text("UPDATE employee SET in_force = active"))
