from tests.messaging.mailbox import mail_server

__all__ = ["mail_server"]
