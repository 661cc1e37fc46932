"""The naive face-recognition: a message with crops to a record and a message with names."""

import base64
import json
import os
from datetime import UTC, datetime
from decimal import Decimal

import boto3
import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1

sqs = boto3.client("sqs", endpoint_url=os.environ.get("FACELANE_ENDPOINT_URL"))
table = boto3.resource("dynamodb", endpoint_url=os.environ.get("FACELANE_ENDPOINT_URL")).Table(
    os.environ["FACELANE_TABLE"]
)
resnet = InceptionResnetV1(num_classes=8631, classify=False)
resnet.logits = torch.nn.Linear(512, 8631)
resnet.load_state_dict(torch.load(os.environ["NAIVE_CHECKPOINT"]))
resnet.eval()
embeddings, names = torch.load(os.environ["NAIVE_GALLERY"])


def handler(event, context):
    for record in event["Records"]:
        recognize(json.loads(record["body"]))


def recognize(message):
    crops = np.frombuffer(base64.b64decode(message["crops"]), np.uint8).reshape(message["shape"])
    with torch.no_grad():
        found = resnet((torch.from_numpy(crops.copy()).float() - 127.5) / 128)
    faces = []
    for embedding, box, score in zip(found, message["boxes"], message["scores"], strict=True):
        distances = [torch.dist(embedding, known).item() for known in embeddings]
        nearest = int(np.argmin(distances))
        faces.append({"name": names[nearest], "distance": distances[nearest], "box": box, "score": score})
    answer = {name: message[name] for name in ("request_id", "run_id", "filename")}
    answer |= {"status": "recognized", "result": faces[0]["name"], "faces": faces, "timings": {}}
    recorded = {"item": "frame", "recorded_at": datetime.now(UTC).isoformat()}
    table.put_item(Item=json.loads(json.dumps(answer | recorded), parse_float=Decimal))
    sqs.send_message(QueueUrl=os.environ["FACELANE_RESP_QUEUE_URL"], MessageBody=json.dumps(answer))
