"""Routes of the matching service: parse, call, return."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
