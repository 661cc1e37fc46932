"""What people may need to be allowed: the policy of whoever deploys, and of whoever only sends frames.

Both are for one deployment: its names, its region, its account.
"""

from __future__ import annotations

from src.aws.account import Account
from src.aws.resources.bucket import CODE, VIDEOS
from src.aws.resources.log_group import log_group_of
from src.aws.resources.policies import Document, allow, document
from src.pipeline.contracts import CROPS, FRAMES, GALLERY

BUCKET = (
    "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:GetBucketNotification", "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions",
    "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
)  # fmt: skip
# down empties the bucket; up and enroll write code and gallery.
EMPTY = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion")
PUT = ("s3:GetObject", "s3:PutObject")
QUEUE = (
    "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
    "sqs:SetQueueAttributes", "sqs:TagQueue",
)  # fmt: skip
TABLE = (
    "dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive",
    "dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
)  # fmt: skip
# redrive moves what is dead-lettered and reopens its records; people corrects and forgets.
MOVE = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage")
TAKE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
WRITE = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem")
SCAN = ("dynamodb:Scan",)  # people forget looks at every record
READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
FUNCTION = (
    "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:CreateFunctionUrlConfig",
    "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionUrlConfig",
    "lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:GetFunctionUrlConfig", "lambda:GetPolicy",
    # Without ListTags, GetFunction leaves the tags out, and the function would look like somebody else's.
    "lambda:ListTags", "lambda:ListVersionsByFunction", "lambda:PublishVersion", "lambda:PutFunctionConcurrency",
    "lambda:RemovePermission", "lambda:TagResource", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionUrlConfig",
)  # fmt: skip
TRIGGER = ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping")
ROLE = (
    "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:GetRole",
    "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoleTags",
    "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy",
)  # fmt: skip
LOG_GROUP = (
    "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:PutRetentionPolicy",
    "logs:TagResource",
)  # fmt: skip
TOPIC = (
    "sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource", "sns:Subscribe", "sns:TagResource",
)  # fmt: skip
ALARM = (
    "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource",
)  # fmt: skip
REPOSITORY = (
    "ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeImages", "ecr:DescribeRepositories",
    "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecr:PutImageScanningConfiguration",
    "ecr:PutLifecyclePolicy", "ecr:TagResource",
)  # fmt: skip
# docker push; and Lambda lets itself read the repository in the name of whoever makes the function.
PUSH = (
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
    "ecr:GetRepositoryPolicy", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:SetRepositoryPolicy",
    "ecr:UploadLayerPart",
)  # fmt: skip
# AWS takes no resource for these, or answers less for a narrower one.
ANYWHERE = (
    "cloudwatch:DescribeAlarms", "ecr:GetAuthorizationToken", "lambda:CreateEventSourceMapping",
    "lambda:GetAccountSettings", "lambda:ListEventSourceMappings", "logs:DescribeLogGroups",
)  # fmt: skip


def deployer_policy(aws: Account) -> Document:
    """Everything that the commands of ``python -m src.aws`` call, for this deployment only."""
    names, bucket, table = aws.names, aws.bucket_arn(), _table(aws)
    functions = (names.detection_function, names.recognition_function)
    roles = [aws.role_arn(names.role(function)) for function in functions]
    pass_role = allow("PassRoles", ["iam:PassRole"], roles)
    pass_role["Condition"] = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    return document(
        allow("Bucket", BUCKET, [bucket]),
        allow("EmptyBucket", EMPTY, [f"{bucket}/*"]),
        allow("CodeAndGallery", PUT, [f"{bucket}/{CODE}*", f"{bucket}/{GALLERY}*"]),
        allow("ReadFrames", ["s3:GetObject"], [f"{bucket}/{FRAMES}*", f"{bucket}/{CROPS}*"]),
        allow("Queues", QUEUE + MOVE, [aws.queue_arn(f"{names.prefix}-*")]),
        allow("Table", TABLE + WRITE + SCAN, [table]),
        allow("ReadResults", READ, [table, f"{table}/index/*"]),
        # Of an alias and a version too.
        allow("Functions", FUNCTION, [aws.arn("lambda", f"function:{function}*") for function in functions]),
        allow("Triggers", TRIGGER, [aws.arn("lambda", "event-source-mapping:*")]),
        allow("Roles", ROLE, roles),
        pass_role,
        allow("Logs", LOG_GROUP, [aws.arn("logs", f"log-group:{log_group_of(function)}*") for function in functions]),
        allow("Topic", TOPIC, [aws.arn("sns", f"{names.prefix}-alarms")]),
        allow("Alarms", ALARM, [aws.arn("cloudwatch", f"alarm:{names.prefix}-*")]),
        allow("Repository", REPOSITORY + PUSH, [aws.arn("ecr", f"repository/{names.repository}")]),
        allow("NoResource", ANYWHERE, ["*"]),
    )


def client_policy(aws: Account) -> Document:
    """What ``python -m src.client`` calls: sends frames and videos, takes answers, looks for what is missing."""
    names, table = aws.names, _table(aws)
    dead = [aws.queue_arn(names.frame_dlq), aws.queue_arn(names.req_dlq)]
    return document(
        allow("SendFrames", ["s3:PutObject"], [f"{aws.bucket_arn()}/{FRAMES}*"]),
        allow("KeepVideos", ["s3:AbortMultipartUpload", "s3:PutObject"], [f"{aws.bucket_arn()}/{VIDEOS}*"]),
        # Another client's answers are given back.
        allow("TakeAnswers", TAKE, [aws.queue_arn(names.resp_queue)]),
        # Where a frame is that has no answer: dead-lettered messages are looked at and given back.
        allow("LookForDead", ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"], dead),
        allow("LookForWaiting", ["sqs:GetQueueAttributes"], [aws.queue_arn(f"{names.prefix}-*")]),
        allow("ReadResults", READ, [table, f"{table}/index/*"]),
        # A frame that was dead-lettered without any answer gets its record, failed, from the client that finds it.
        allow("RecordTheDead", ["dynamodb:PutItem"], [table]),
    )


def _table(aws: Account) -> str:
    return aws.arn("dynamodb", f"table/{aws.names.table}")
