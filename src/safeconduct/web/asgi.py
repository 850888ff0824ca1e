"""The door through which uvicorn serves the console."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
application = get_asgi_application()
