"""DynamoDB's items as plain values, and plain values as DynamoDB's items."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from src.pipeline.contracts import dumps

Item = dict[str, Any]

_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def to_item(values: Item) -> Item:
    # DynamoDB's numbers are decimals of at most 38 digits; a float's shortest text has at most 17.
    exact = json.loads(dumps(values), parse_float=Decimal)
    return {name: _serializer.serialize(value) for name, value in exact.items() if value is not None}


def from_item(item: Item) -> Item:
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
