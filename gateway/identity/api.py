"""Routes of partnerships, organisations, people and clients: parse, call, return."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
