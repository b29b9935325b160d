"""`python -m deploy.local` is the command `circle`."""

from deploy.local.cli import app

if __name__ == "__main__":
    app(prog_name="circle")
