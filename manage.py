"""Django's own commands (makemigrations, shell) for developers; users type `safeconduct`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
    execute_from_command_line(sys.argv)
