"""The ends that a notification tells of are not texts."""

from flytetypes import Email

Email(phases=["FAILED"], recipients_email=["a@example.com"])  # wrong: OptionError
