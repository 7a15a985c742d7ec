# The libraries of the runtime image, without Modelwright's own code.
#
# `build-runtime.sh` calls this with a folder of wheels as `wheels/`, and then nothing is fetched
# while building. With an empty `wheels/` the locked versions come from the Python package index:
#
#   docker build -f libraries.Dockerfile -t automl-python-libraries:3.11 .
#
# Written for the classic builder: no mounts, no heredocs, no frontend line.
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS install
LABEL org.modelwright.stage=install
COPY requirements.lock /build/requirements.lock
COPY tools/install-libraries.sh /build/install-libraries.sh
COPY wheels/ /build/wheels/
RUN sh /build/install-libraries.sh /build

FROM ${BASE_IMAGE}
ARG LIBRARIES_HASH=""
ARG LIBRARIES_SOURCE=wheels
COPY --from=install /opt/venv /opt/venv
COPY --from=install /opt/lib /opt/lib
COPY tools/harden-image.sh /tmp/harden-image.sh
RUN sh /tmp/harden-image.sh && rm /tmp/harden-image.sh
LABEL org.modelwright.libraries.hash="${LIBRARIES_HASH}" \
      org.modelwright.libraries.source="${LIBRARIES_SOURCE}"
