"""Routes of the referral service: parse, call, return."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []
