"""The same app on Ray Serve: replicas of it on the machines of a cluster, as many as the ongoing requests ask for.

deploy/ray/serve.yaml -> build_app -> a deployment whose ingress is `service.app.create_app`

A replica is the whole service but its HTTP protocol, for which Ray has its own: there is no short way, and slow clients
are Ray's proxy's affair. Settings are the environment's, as everywhere.
"""

from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel
from ray import serve
from ray.serve import Application

from service.app import create_app
from service.settings import load_settings


class Arguments(BaseModel):
    """What a configuration file may say under `args`. `models`: the folder, where it is not the setting's, so that
    several applications of a cluster each serve their own."""

    models: Path | None = None


def build_app(arguments: Arguments) -> Application:
    """The application that `serve run` and `serve deploy` start. Models are loaded in each replica."""

    def create() -> FastAPI:
        return create_app(load_settings({} if arguments.models is None else {"models": str(arguments.models)}))

    class Featuremap:
        """A replica: all it does is the app's."""

    return serve.deployment(serve.ingress(create)(Featuremap), name="featuremap").bind()
