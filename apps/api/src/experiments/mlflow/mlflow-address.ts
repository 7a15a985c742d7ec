/**
 * Below the address that a client is given as its tracking server: `<public URL>/api/mlflow/p/<project id>`. The client
 * itself adds `/api/2.0/mlflow/…`.
 */
export const MLFLOW_BASE = 'mlflow/p/:projectId/api/2.0/mlflow';
export const MLFLOW_ARTIFACTS = 'mlflow/p/:projectId/api/2.0/mlflow-artifacts/artifacts';
