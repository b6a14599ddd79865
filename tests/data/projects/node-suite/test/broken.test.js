import { nothing } from "./nowhere.js";

nothing();
