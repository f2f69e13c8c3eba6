from conduyt_sqlalchemy.migrations.environment import run

run()
