"""The naive face-detection: an S3 event in an SQS message to a message with the faces' crops."""

import base64
import io
import json
import os
from urllib.parse import unquote_plus

import boto3
import numpy as np
from facenet_pytorch import MTCNN
from PIL import Image

s3 = boto3.client("s3", endpoint_url=os.environ.get("FACELANE_ENDPOINT_URL"))
sqs = boto3.client("sqs", endpoint_url=os.environ.get("FACELANE_ENDPOINT_URL"))
mtcnn = MTCNN(image_size=160, margin=0, keep_all=True, post_process=False)


def handler(event, context):
    for record in event["Records"]:
        for entry in json.loads(record["body"]).get("Records", []):
            detect(entry["s3"]["bucket"]["name"], unquote_plus(entry["s3"]["object"]["key"]))


def detect(bucket, key):
    _, run_id, request_id, filename = key.split("/", 3)
    image = Image.open(io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())).convert("RGB")
    boxes, scores = mtcnn.detect(image)
    message = {"request_id": request_id, "run_id": run_id, "filename": filename}
    if boxes is None:
        answer = {"status": "no_face", "result": None, "faces": [], "timings": {}}
        sqs.send_message(QueueUrl=os.environ["FACELANE_RESP_QUEUE_URL"], MessageBody=json.dumps(message | answer))
        return
    crops = mtcnn.extract(image, boxes, None).numpy().astype(np.uint8)
    message["boxes"], message["scores"] = boxes.tolist(), scores.tolist()
    message["shape"], message["crops"] = crops.shape, base64.b64encode(crops.tobytes()).decode()
    sqs.send_message(QueueUrl=os.environ["FACELANE_REQ_QUEUE_URL"], MessageBody=json.dumps(message))
