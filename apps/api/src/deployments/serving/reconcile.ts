/** Work of looking at one model server; its id is that of the deployment or of the further version (`ServingUnits`). */
export const RECONCILE = 'deployment.reconcile';
