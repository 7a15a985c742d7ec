"""The usual way to serve a scikit-learn pipeline by hand: FastAPI, pandas, no key, no validation, no log."""

import sys

import joblib
import pandas as pd
import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()
pipeline = joblib.load(sys.argv[1])


@app.post("/predict")
async def predict(request: Request) -> dict:
    rows = (await request.json())["rows"]
    probabilities = pipeline.predict_proba(pd.DataFrame(rows))
    return {"predictions": [dict(zip(pipeline.classes_, row.tolist())) for row in probabilities]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
