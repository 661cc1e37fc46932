"""S3, SQS and DynamoDB behind small classes; the only place besides src.aws that imports boto3."""

from src.pipeline.stores.claims import Claim, Claims
from src.pipeline.stores.connection import Connection
from src.pipeline.stores.objects import ObjectStore
from src.pipeline.stores.people import PeopleTable
from src.pipeline.stores.posts import Posts
from src.pipeline.stores.queues import Queue, Received
from src.pipeline.stores.results import ResultTable

__all__ = ["Claim", "Claims", "Connection", "ObjectStore", "PeopleTable", "Posts", "Queue", "Received", "ResultTable"]
