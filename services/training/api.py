"""Routes of the training service: parse, call, return."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
