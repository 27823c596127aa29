"""Settings of the Argus under test: those of its own backend, opened to the loopback and to the fault proxy."""

from argus.site.settings.backend import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only-for-tests"
SEND_NOTIFICATIONS = False
MEDIA_PLUGINS = ["argus.notificationprofile.media.email.EmailNotification"]
STATIC_ROOT = None
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
