// Starts the page: connection -> models -> the Classify view.

import { Classify } from "./classify.js";
import { Connection } from "./connection.js";
import { Models } from "./models.js";

const models = new Models((card) => classify.setModel(card));
const connection = new Connection((cards) => {
  models.show(cards);
  classify.setModel(models.chosen);
});
const classify = new Classify(() => connection.lost());
void connection.load();
