/** Sample data is part of the script, as text. */
declare module "*.csv" {
  const text: string;
  export default text;
}
