"""Settings of the Argus under test: those of its own backend, opened to the loopback and to the fault proxy.

Since Argus 2.3 its `settings.backend` is `settings.base` with the API open to tokens; before that it wants a web interface.
"""

from argus.site.settings.base import *  # noqa: F403

PUBLIC_URLS = ["/api/"]
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only-for-tests"
SEND_NOTIFICATIONS = False
MEDIA_PLUGINS = ["argus.notificationprofile.media.email.EmailNotification"]
STATIC_ROOT = None
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
