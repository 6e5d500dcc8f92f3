"""A `CronSchedule` has a `schedule`, and no `cron`."""

from flytetypes import CronSchedule

CronSchedule(cron="0 6 * * *")  # wrong: TypeError
